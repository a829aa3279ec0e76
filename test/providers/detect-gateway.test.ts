import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { fixture } from './list-server.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A llama-server with one model, as recorded. */
function llama(request: FakeRequest): Reply {
  const signed = { server: 'llama.cpp' };
  if (request.method === 'POST') return json(200, { ...completion('from llama'), model: listed }, signed);
  if (request.path.endsWith('/props')) return json(200, fixture('llamacpp/props.json'), signed);
  return json(200, fixture('llamacpp/models.json'), signed);
}
const listed = (fixture('llamacpp/models.json') as { data: { id: string }[] }).data[0]?.id ?? '';

/** Any other server; its list is incomplete. */
function other(request: FakeRequest): Reply {
  if (request.method === 'POST') return json(200, completion('from the other'));
  if (request.path === '/v1/models') return json(200, { object: 'list', data: [{ id: 'm' }] });
  return json(404, { error: { message: 'no such path' } });
}

function loading(): Reply {
  return json(
    503,
    { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    { server: 'llama.cpp' },
  );
}

async function start(
  script: (request: FakeRequest) => Reply,
  discover: boolean,
): Promise<[TestGateway, FakeUpstream]> {
  const server = await startFakeUpstream(script);
  running.push({ stop: () => server.close() });
  const providers = { box: { type: 'detect', base_url: server.url, local: true } };
  const config = { default_lane: 'main', providers, lanes: { main: { preferred: ['box/m'] } } };
  const laneway = await startGateway({ config, discover });
  running.push(laneway);
  return [laneway, server];
}

test('the first request waits for the detection, and reaches any model of an ordinary server', async () => {
  const [laneway, server] = await start(other, false);
  const reply = await laneway.chat({ model: 'box/not-in-its-list' });
  expect(await reply.text()).toContain('from the other');
  expect(server.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v1/chat/completions' });
  expect(laneway.app.registry.snapshot.providers.get('box')).toMatchObject({
    type: 'openai_compatible',
    listed: true,
  });
});

test('a llama-server with one model never answers in the name of another', async () => {
  const [laneway, server] = await start(llama, false);
  const reply = await laneway.chat({ model: 'box/m' });
  expect(reply.status).toBe(404);
  expect(server.requests.some(({ method }) => method === 'POST')).toBe(false);
  expect(laneway.app.registry.snapshot.providers.get('box')?.type).toBe('llamacpp');
  const known = await laneway.chat({ model: `box/${listed}` });
  expect(await known.text()).toContain('from llama');
  expect(server.requests.at(-1)?.path).toBe('/v1/chat/completions');
});

test('the first request to a llama-server is already encoded for its type', async () => {
  const [laneway, server] = await start(llama, false);
  await laneway.chat({ model: `box/${listed}` });
  const request = server.requests.find(({ method }) => method === 'POST');
  // The type's `unaryAsStream`: llama-server stops a stream, not a unary request, when its client leaves.
  expect(JSON.parse(request?.body.toString() ?? '')).toMatchObject({ stream: true });
});

test('a loading server cannot be detected, and is used as what it is once it answers', async () => {
  const [laneway, server] = await start(loading, true);
  expect((await laneway.chat({ model: 'main' })).status).toBe(503);
  server.use(other);
  await laneway.app.discovery.refresh('box', 2_000);
  expect(await (await laneway.chat({ model: 'main' })).text()).toContain('from the other');
});

test('a server keeps its detected type while it is down', async () => {
  const [laneway, server] = await start(llama, true);
  const typeOf = (): string | undefined => laneway.app.registry.snapshot.providers.get('box')?.type;
  expect(typeOf()).toBe('llamacpp');
  server.use(() => json(502, {}));
  expect(await laneway.app.discovery.refresh('box', 2_000)).toMatchObject({ status: 502 });
  expect(typeOf()).toBe('llamacpp');
  server.use(other);
  await laneway.app.discovery.refresh('box', 2_000);
  expect(typeOf()).toBe('openai_compatible');
});
