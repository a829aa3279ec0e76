import { afterEach, expect, test } from 'vitest';

import { json, sse } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

const COUNTS = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const FRAME = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'm' };
const WHOLE = { ...FRAME, choices: [{ text: ' upon', index: 0, finish_reason: 'stop' }], usage: COUNTS };
const EVENTS = [
  { ...FRAME, choices: [{ text: ' upon', index: 0, finish_reason: null }] },
  { ...FRAME, choices: [{ text: '', index: 0, finish_reason: 'stop' }] },
].map((chunk) => JSON.stringify(chunk));
const USAGE = JSON.stringify({ ...FRAME, choices: [], usage: COUNTS });

async function setUp(lane: readonly string[] = ['up/m']): Promise<TestGateway> {
  const upstream = await startFakeUpstream((request) => {
    if (request.method === 'GET') return json(200, { object: 'list', data: [{ id: 'm', object: 'model' }] });
    if (request.path !== '/v1/completions') return json(200, completion('hello'));
    const { stream } = request.json() as { stream?: boolean };
    return stream === true ? sse([...EVENTS, USAGE, '[DONE]']) : json(200, WHOLE);
  });
  const laneway = await startGateway({
    config: {
      default_lane: 'main',
      providers: {
        up: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true },
        groq: { type: 'groq', base_url: `${upstream.url}/openai/v1`, api_key: 'env:FAKE_KEY' },
        claude: { type: 'anthropic', base_url: upstream.url, api_key: 'env:FAKE_KEY' },
      },
      models: { 'up/m': {}, 'groq/g': {}, 'claude/c': {} },
      lanes: { main: { preferred: lane } },
    },
    variables: { FAKE_KEY: 'sk-fake-key' },
    discover: false,
  });
  running.push({ stop: () => upstream.close() }, laneway);
  return laneway;
}

const ask = ({ url }: TestGateway, body: object): Promise<Response> =>
  fetch(`${url}/v1/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'Once', ...body }),
  });

test('a completion passes, whole and streamed, and is recorded like a chat', async () => {
  const laneway = await setUp();
  const whole = await ask(laneway, {});
  expect([whole.status, whole.headers.get('x-laneway-target')]).toEqual([200, 'up/m']);
  expect(await whole.json()).toEqual(WHOLE);
  expect(await laneway.trace(whole)).toMatchObject({
    state: 'settled',
    usage: { input_tokens: 3, output_tokens: 2 },
  });

  const stream = await ask(laneway, { stream: true });
  expect(stream.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(await stream.text()).toBe([...EVENTS, '[DONE]'].map((data) => `data: ${data}\n\n`).join(''));
  const trace = await laneway.trace(stream);
  expect(trace).toMatchObject({ state: 'settled', usage: { input_tokens: 3, output_tokens: 2 } });
  expect(trace.attempts[0]?.first_token_ms).not.toBeNull();
});

test.each(['groq/g', 'claude/c'])(
  'wire case 178: %s can only chat: the 400 says what to do',
  async (model) => {
    const reply = await ask(await setUp(), { model });
    expect(reply.status).toBe(400);
    const { error } = (await reply.json()) as { error: Record<string, string> };
    expect(error).toMatchObject({ code: 'unsupported_parameter', param: 'model' });
    expect(error['message']).toContain('use /v1/chat/completions');
  },
);

test('in a lane the first target whose server offers the call answers', async () => {
  const laneway = await setUp(['groq/g', 'up/m']);
  const reply = await ask(laneway, {});
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'up/m']);
});
