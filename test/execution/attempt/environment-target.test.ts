import { afterEach, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';

let server: FakeUpstream;
let other: FakeUpstream;
let gateway: TestGateway;

afterEach(async () => {
  await gateway.stop();
  await server.close();
  await other.close();
});

const answer = (model: string): Record<string, unknown> => ({
  ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model },
  choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
});

/** A server that lists these models; the list identifies it as OpenAI-compatible only. */
function serverOf(models: readonly string[]): Promise<FakeUpstream> {
  return startFakeUpstream(({ path, json: body }) => {
    if (path.endsWith('/models')) return json(200, { object: 'list', data: models.map((id) => ({ id })) });
    return json(200, answer((body() as { model: string }).model));
  });
}

/** The environment names a URL and nothing else; no probe has run when the first request comes. */
async function gatewayBefore(
  models: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  server = await serverOf(models);
  other = await serverOf(['m']);
  gateway = await startGateway({
    config: laneOver([other.url]),
    variables: { LANEWAY_LANE_MAIN_URL: `${server.url}/v1`, ...variables },
    discover: false,
  });
}

test('the first request waits for the list of a server without a model’s name, and goes to the model it lists', async () => {
  await gatewayBefore(['only']);
  const reply = await gateway.chat({ model: 'auto' });
  expect(reply.status).toBe(200);
  expect(reply.headers.get('x-laneway-target')).toBe('env-main/only');
  expect(await reply.json()).toMatchObject({ model: 'only' });
  const trace = await gateway.trace(reply);
  expect(trace.attempts.map(({ target }) => target)).toEqual(['env-main/only']);
});

test('so it does where the environment says what kind of server that is', async () => {
  await gatewayBefore(['only'], { LANEWAY_LANE_MAIN_BACKEND: 'openai' });
  const reply = await gateway.chat({ model: 'auto' });
  expect(reply.headers.get('x-laneway-target')).toBe('env-main/only');
});

test('a server that lists several models is passed over, and asked nothing', async () => {
  await gatewayBefore(['one', 'two']);
  const reply = await gateway.chat({ model: 'auto' });
  expect(reply.headers.get('x-laneway-target')).toBe('a/m');
  expect(server.requests.every(({ method }) => method === 'GET')).toBe(true);
  expect(gateway.log.filter(({ message }) => message.includes('2 models'))).toHaveLength(1);
});

test('a server that is not there is an attempt of its own, and the next target answers', async () => {
  await gatewayBefore([]);
  await server.close();
  const reply = await gateway.chat({ model: 'auto' });
  expect(reply.headers.get('x-laneway-target')).toBe('a/m');
  const { attempts } = await gateway.trace(reply);
  expect(attempts.map(({ target, class: name }) => [target, name])).toEqual([
    ['env-main/*', 'not_sent'],
    ['a/m', null],
  ]);
});
