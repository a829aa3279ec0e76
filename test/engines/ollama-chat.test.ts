import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  describeWithOllama,
  startOllama,
  THINKER,
  TOOL_MODEL,
  type Ollama,
} from '../support/engines/ollama.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  },
];
const asks = (content: string): [{ role: 'user'; content: string }] => [{ role: 'user', content }];

describeWithOllama('chats of OpenAI and Messages clients with a real Ollama, through its own API', () => {
  let ollama: Ollama;
  let laneway: TestGateway;
  let client: OpenAI;
  beforeAll(async () => {
    ollama = await startOllama(['tiny-random', TOOL_MODEL, THINKER]);
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { o: { type: 'ollama', base_url: ollama.url } },
        models: { 'o/thinker': { params: { num_ctx: 1024 } } },
        lanes: { main: { preferred: ['o/tiny-random:latest'] } },
      },
    });
    client = new OpenAI({ baseURL: `${laneway.url}/v1`, apiKey: 'sk-fake-unused', maxRetries: 0 });
  }, 120_000);
  afterAll(async () => {
    await laneway.stop();
    await ollama.stop();
  });

  /** The context of each loaded model, by its name. */
  async function loaded(): Promise<Record<string, number>> {
    const reply = await fetch(`${ollama.url}/api/ps`);
    const { models } = (await reply.json()) as { models: { name: string; context_length: number }[] };
    return Object.fromEntries(models.map(({ name, context_length: window }) => [name, window]));
  }

  test('the limit that Ollama’s /v1 ignores holds, whole and streamed, and both have the same text', async () => {
    const asked = { model: 'auto', messages: asks('hi'), max_completion_tokens: 5, temperature: 0, seed: 1 };
    const { data: whole, response } = await client.chat.completions.create(asked).withResponse();
    expect(whole).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 5 } });
    expect((await laneway.trace(response)).usage.output_tokens).toBe(5);
    const options = { include_usage: true };
    const stream = await client.chat.completions.create({ ...asked, stream: true, stream_options: options });
    const ids = new Set<string>();
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of stream) {
      ids.add(chunk.id);
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]?.message.content);
    expect([ids.size, usage?.completion_tokens]).toEqual([1, 5]);
  });

  test('calls, and the results that follow them', { timeout: 120_000 }, async () => {
    const model = 'o/smollm2-135m-tools:latest';
    const question = asks('get_weather for Paris?');
    const asked = { model, tools: TOOLS, temperature: 0, max_tokens: 40 };
    const first = await client.chat.completions.create({ ...asked, messages: question });
    const [choice] = first.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    const [call] = choice?.message.tool_calls ?? [];
    expect(call).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } });
    const result = { role: 'tool' as const, tool_call_id: call?.id ?? '', content: 'sunny' };
    const messages = [...question, choice!.message, result];
    const second = await client.chat.completions.create({ ...asked, messages, max_tokens: 4 });
    expect(second.choices[0]?.message.content).toMatch(/\S/);
  });

  test('wire case 95: a schema is enforced', async () => {
    const schema = { type: 'object', properties: { n: { type: 'boolean' } }, required: ['n'] };
    const reply = await client.chat.completions.create({
      ...{ model: 'auto', messages: asks('n?'), max_tokens: 60, temperature: 0 },
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    });
    expect(reply.choices[0]?.message.content).toMatch(/^\s*\{\s*"n"\s*:\s*(?:true|false)/);
  });

  test('wire cases 155, 156: thinking is switched off, and an effort reaches no model that cannot think', async () => {
    const think = async (model: string, effort: 'none' | 'high'): Promise<[boolean, string | null]> => {
      const { data, response } = await client.chat.completions
        .create({ model, messages: asks('n?'), max_tokens: 4, reasoning_effort: effort })
        .withResponse();
      const thought = (data.choices[0]?.message as { reasoning_content?: string }).reasoning_content ?? '';
      return [thought !== '', response.headers.get('x-laneway-warnings')];
    };
    expect(await think('o/thinker:latest', 'none')).toEqual([false, null]);
    expect((await think('o/thinker:latest', 'high'))[0]).toBe(true);
    expect(await think('o/tiny-random:latest', 'high')).toEqual([
      false,
      expect.stringContaining('reasoning_effort'),
    ]);
  });

  test('a context that the configuration sets is not changed by a client, nor the others by it', async () => {
    await client.chat.completions.create({ model: 'o/thinker:latest', messages: asks('n?'), max_tokens: 2 });
    expect(Object.values(await loaded())).toContain(1024);
    const withProbabilities = client.chat.completions.create({
      ...{ model: 'o/thinker:latest', messages: asks('n?'), max_tokens: 2, logprobs: true },
    });
    await expect(withProbabilities).rejects.toMatchObject({ status: 400, param: 'logprobs' });
    expect(Object.values(await loaded())).toContain(1024);
  });

  test('log probabilities come from the compatible API', async () => {
    const reply = await client.chat.completions.create({
      ...{ model: 'auto', messages: asks('hi'), max_tokens: 2, logprobs: true },
    });
    expect(reply.choices[0]?.logprobs?.content).toHaveLength(2);
  });

  test('wire case 158: a prompt over the context is an error, not silently cut', async () => {
    const words = Array.from({ length: 600 }, (_, index) => `word${index}`).join(' ');
    const asked = { model: 'auto', messages: asks(words), max_tokens: 2 };
    await expect(client.chat.completions.create(asked)).rejects.toMatchObject({
      status: 400,
      code: 'context_length_exceeded',
    });
    const streamed = client.chat.completions.create({ ...asked, stream: true });
    await expect(streamed).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' });
  });
});
