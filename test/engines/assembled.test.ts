import { afterAll, beforeAll, expect, test } from 'vitest';

import { startGateway, type TestGateway } from '../support/gateway.ts';
import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';

const MODEL = 'smollm2-135m-tools';
const PARIS = [{ role: 'user', content: 'What is the capital of France?' }];
const WEATHER = [{ role: 'user', content: 'weather for Paris?' }];
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'weather',
      description: 'The weather in a city',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

/** The shape of a value: names and types, and no content. Lists by their first element. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, each]) => [key, shape(each)]),
  );
}

/** What a reply says, less the ids that are made up anew each time. */
function said({ choices }: Record<string, unknown>): unknown {
  const [first] = choices as { message: { content: unknown; tool_calls?: { function: unknown }[] } }[];
  return [first?.message.content, first?.message.tool_calls?.map((call) => call.function)];
}

describeWithEngine('a unary request to a real llama-server, which goes out as a stream', () => {
  let llama: LlamaServer;
  let laneway: TestGateway;

  beforeAll(async () => {
    llama = await startLlama({ model: MODEL, args: ['--slots'] });
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { llamacpp: { type: 'llamacpp', base_url: llama.url } },
        lanes: { main: { preferred: [`llamacpp/${MODEL}`] } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await llama.stop();
  });

  async function direct(body: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${llama.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: MODEL, ...body }),
    });
    const reply = (await answer.json()) as Record<string, unknown>;
    const [choice] = reply['choices'] as { message: { content: unknown } }[];
    // OpenAI's API has both in every reply, and so has an assembled one; the server leaves them out.
    for (const made of reply['choices'] as { message: { refusal?: unknown }; logprobs?: unknown }[]) {
      made.message.refusal ??= null;
      made.logprobs ??= null;
    }
    // Beside calls alone the server says '' where its own stream, as OpenAI's API, says null.
    if (choice?.message.content === '') choice.message.content = null;
    return reply;
  }

  test.each([
    ['a text', { messages: PARIS, max_tokens: 12, temperature: 0 }],
    ['a text that is cut at its limit', { messages: PARIS, max_tokens: 2, temperature: 0 }],
    [
      'log probabilities',
      { messages: PARIS, max_tokens: 4, temperature: 0, logprobs: true, top_logprobs: 2 },
    ],
    ['a call of a tool', { messages: WEATHER, max_tokens: 60, temperature: 0, tools: TOOLS }],
    ['JSON', { messages: PARIS, max_tokens: 60, temperature: 0, response_format: { type: 'json_object' } }],
  ])(
    'its reply is in structure and content what the server gives whole: %s',
    { timeout: 30_000 },
    async (_name, body) => {
      const whole = await direct(body);
      const answer = await laneway.chat({ model: 'main', ...body });
      expect(answer.status).toBe(200);
      const assembled = (await answer.json()) as Record<string, unknown>;
      expect(shape(assembled)).toEqual(shape(whole));
      expect(said(assembled)).toEqual(said(whole));
      expect(assembled['usage']).toMatchObject({
        prompt_tokens: expect.any(Number) as number,
        completion_tokens: expect.any(Number) as number,
      });
    },
  );

  test('wire case 9: it stops working within a second when the client leaves', async () => {
    const leaving = new AbortController();
    const asking = fetch(`${laneway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'main', messages: PARIS, max_tokens: 1500, ignore_eos: true }),
      signal: leaving.signal,
    }).then((answer) => answer.text());
    await until(async () => (await working()) > 0, 10_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await working()).toBe(1);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await until(async () => (await working()) === 0, 1_000);
  }, 20_000);

  async function working(): Promise<number> {
    const slots = (await (await fetch(`${llama.url}/slots`)).json()) as { is_processing: boolean }[];
    return slots.filter((slot) => slot.is_processing).length;
  }
});

async function until(check: () => Promise<boolean>, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`not so within ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
