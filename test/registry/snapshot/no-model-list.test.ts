import { afterEach, expect, test } from 'vitest';

import { providerRow } from '../../../src/cli/provider-rows.ts';
import { json, text } from '../../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

/** A lane over a server that answers its list with `list` and chats, then an ordinary one. */
async function setUp(list: Reply, type = 'openai_compatible'): Promise<TestGateway> {
  const a = await startFakeUpstream(({ method }) =>
    method === 'GET' ? list : json(200, completion('from a')),
  );
  const b = await startFakeUpstream(chatScript(() => json(200, completion('from b'))));
  const config = laneOver([a.url, b.url]);
  config.providers['a'] = { type, base_url: `${a.url}/v1`, local: true };
  const laneway = await startGateway({ config });
  running.push({ stop: () => a.close() }, { stop: () => b.close() }, laneway);
  return laneway;
}

interface Health {
  readonly providers: readonly Record<string, unknown>[];
}

test.each([
  ['404', json(404, { error: { message: '404 page not found' } })],
  ['405', text(405, 'Method Not Allowed')],
  ['501', json(501, { error: 'not implemented' })],
  ['an HTML page', text(200, '<html><body>hello</body></html>', { 'content-type': 'text/html' })],
  ['another shape', json(200, { models: { m: {} } })],
  ['an empty body', text(200, '')],
])('a server whose list is %s is reachable: it stays first in its lane and answers', async (_name, list) => {
  const laneway = await setUp(list);
  const answer = await laneway.chat({ model: 'main' });
  expect(answer.headers.get('x-laneway-target')).toBe('a/m');
  const { plan } = await laneway.trace(answer);
  expect(plan[0]).toMatchObject({ target: 'a/m', code: null });
  const { providers } = (await laneway.get('/api/debug/health')) as Health;
  expect(providers[0]).toMatchObject({
    provider: 'a',
    reachable: true,
    code: null,
    reason: 'no model list',
    models: null,
  });
  expect((await fetch(`${laneway.url}/ready`)).status).toBe(200);
});

test('a vLLM behind a proxy that hides its list is tried, although its list would be complete', async () => {
  const laneway = await setUp(json(404, { detail: 'Not Found' }), 'vllm');
  expect((await laneway.chat({ model: 'main' })).headers.get('x-laneway-target')).toBe('a/m');
});

test.each([
  ['vllm', 200],
  ['vllm', 404],
  ['ollama', 200],
  ['ollama', 404],
])(
  'a %s whose list is a web page (%i) is another service: unreachable, and not ready',
  async (type, status) => {
    const page = text(status, '<!DOCTYPE html><html><body>Welcome</body></html>', {
      'content-type': 'text/html',
    });
    const server = await startFakeUpstream(() => page);
    const a = { type, base_url: server.url, local: true };
    const config = { default_lane: 'main', providers: { a }, lanes: { main: { preferred: ['a/m'] } } };
    const laneway = await startGateway({ config });
    running.push({ stop: () => server.close() }, laneway);
    const { providers } = (await laneway.get('/api/debug/health')) as Health;
    expect(providers[0]).toMatchObject({ provider: 'a', reachable: false, code: 'unreachable' });
    expect((await fetch(`${laneway.url}/ready`)).status).toBe(503);
    await (await laneway.chat({ model: 'main' })).text();
    expect((await fetch(`${laneway.url}/ready`)).status).toBe(503);
  },
);

test.each([
  ['500', json(500, { error: 'broken' })],
  ['502 of a proxy', text(502, '<html>Bad Gateway</html>')],
])('a server whose list is %s is still unreachable', async (_name, list) => {
  const laneway = await setUp(list);
  expect((await laneway.chat({ model: 'main' })).headers.get('x-laneway-target')).toBe('b/m');
});

test('the start table shows it as reachable, without a model list', () => {
  const found = {
    name: 'MiniMax',
    baseUrl: 'http://x',
    missingKey: null,
    answered: true,
    problem: null,
    models: [],
  };
  expect(providerRow({ ...found, noList: true })).toMatchObject({
    status: expect.stringMatching(/no model list.*check base_url/) as string,
    reachable: true,
  });
  expect(providerRow({ ...found, noList: false })).toMatchObject({ status: 'no models', reachable: true });
});
