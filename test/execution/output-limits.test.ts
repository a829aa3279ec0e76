import { afterEach, describe, expect, test } from 'vitest';

import { json, sse } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeRequest } from '../support/fake-upstream.ts';
import { chunks, completion, startGateway, type TestGateway } from '../support/gateway.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

interface SetUp {
  readonly laneway: TestGateway;
  /** The output limit that the last request had. */
  readonly limit: () => unknown;
}

/** Each model's window and own limit are known from the configuration, except gpt-4o's. */
async function setUp(): Promise<SetUp> {
  const asked: unknown[] = [];
  const answer = (request: FakeRequest): ReturnType<typeof json> => {
    if (request.method === 'GET') {
      const data = ['m', 'toy', 'tiny'].map((id) => ({ id, object: 'model' }));
      return json(200, { object: 'list', data });
    }
    const body = request.json() as Record<string, unknown>;
    asked.push(body['max_completion_tokens'] ?? body['max_tokens']);
    return body['stream'] === true ? sse([...chunks('hello'), '[DONE]']) : json(200, completion('hello'));
  };
  const upstream = await startFakeUpstream(answer);
  const window = (context_length: number): object => ({ capabilities: { context_length } });
  const laneway = await startGateway({
    discover: false,
    variables: { KEY: 'sk-fake-key' },
    config: {
      default_lane: 'main',
      providers: {
        llama: { type: 'llamacpp', base_url: upstream.url },
        vllm: { type: 'vllm', base_url: `${upstream.url}/v1` },
        openai: { type: 'openai', base_url: `${upstream.url}/v1`, api_key: 'env:KEY' },
      },
      models: {
        'llama/m': window(32_768),
        'vllm/toy': window(2_048),
        'openai/gpt-4o': window(128_000),
        'vllm/tiny': window(600),
      },
      lanes: { main: { preferred: ['vllm/toy', 'llama/m'] } },
    },
  });
  running.push({ stop: () => upstream.close() }, laneway);
  return { laneway, limit: () => asked.at(-1) };
}

function messages({ url }: TestGateway, model: string, words: string, more: object = {}): Promise<Response> {
  const body = { model, max_tokens: 32_000, messages: [{ role: 'user', content: words }], ...more };
  return fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('wire case 211: Claude Code’s 32,000 output tokens', () => {
  test.each([
    ['llama/m', 'word '.repeat(1_600), 30_568],
    ['openai/gpt-4o', 'hi', 16_384],
    ['vllm/toy', 'hi', 2_046],
    ['vllm/toy', 'word '.repeat(1_700), 256],
  ])('reach %s as what it can give', async (model, words, sent) => {
    const { laneway, limit } = await setUp();
    for (const stream of [false, true]) {
      const reply = await messages(laneway, model, words, { stream });
      expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, model]);
      expect(await reply.text()).toContain('hello');
      expect(limit()).toBe(sent);
      const { warnings } = await laneway.trace(reply);
      expect(warnings).toContainEqual({ code: 'parameter_changed', detail: `max_tokens (32000 to ${sent})` });
    }
  });

  test('do not send a conversation past the first model of a lane, while a prompt that does not fit goes on', async () => {
    const { laneway } = await setUp();
    const short = await messages(laneway, 'main', 'hi');
    expect(short.headers.get('x-laneway-target')).toBe('vllm/toy');
    const long = await messages(laneway, 'main', 'word '.repeat(3_000));
    expect(long.headers.get('x-laneway-target')).toBe('llama/m');
  });

  test('are never "prompt is too long" before the prompt itself is', async () => {
    const { laneway } = await setUp();
    expect((await messages(laneway, 'vllm/tiny', 'x'.repeat(3_200))).status).toBe(200);
    const refused = await messages(laneway, 'vllm/tiny', 'x'.repeat(3_208));
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('prompt is too long');
  });

  test('an OpenAI client gets the same, translated or not', async () => {
    const { laneway, limit } = await setUp();
    const reply = await laneway.chat({ model: 'vllm/toy', max_tokens: 32_000 });
    expect(reply.headers.get('x-laneway-warnings')).toMatch(/^parameter_changed=max_tokens/);
    expect(limit()).toBeLessThan(2_048);
    await laneway.chat({ model: 'vllm/toy', max_tokens: 100 });
    expect(limit()).toBe(100);
    await laneway.chat({ model: 'vllm/toy' });
    expect(limit()).toBeUndefined();
  });
});
