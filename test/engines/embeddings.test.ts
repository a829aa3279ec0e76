import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { describeWithEngine, startLlama, type LlamaServer } from '../support/engines/engines.ts';
import { describeWithOllama, startOllama, type Ollama } from '../support/engines/ollama.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { pythonWithOpenAi } from '../support/python.ts';

const TEXTS = ['a cat sits on the mat', 'Grüße 😀', '', 'stock prices fell'];
const LONG = Array.from({ length: 2_000 }, (_, index) => `word${index}`).join(' ');

interface Direct {
  /** What the engine itself answers. */
  embed(input: unknown, more?: object): Promise<readonly (readonly number[])[]>;
}

/** The 32 bits of each number of each vector. */
const bits = (vectors: readonly (readonly number[])[]): string[] =>
  vectors.map((vector) => Buffer.from(new Float32Array(vector).buffer).toString('base64'));

function send(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function post(url: string, body: object): Promise<Record<string, unknown>> {
  return (await (await send(url, body)).json()) as Record<string, unknown>;
}

/** What holds of either engine; `gateway` and `direct` once they are there. */
function embedsAsTheEngine(gateway: () => TestGateway, direct: () => Direct): void {
  const client = (): OpenAI =>
    new OpenAI({ baseURL: `${gateway().url}/v1`, apiKey: 'sk-fake-unused', maxRetries: 0 });

  test('wire case 172: the Node client gets the engine’s own vectors, bit for bit, in both encodings', async () => {
    const wanted = bits(await direct().embed(TEXTS));
    const model = 'embeddings';
    // Without a word of its caller it asks for base64.
    const chosen = await client().embeddings.create({ model, input: TEXTS });
    expect(bits(chosen.data.map(({ embedding }) => embedding))).toEqual(wanted);
    expect(chosen.data.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(chosen.usage.prompt_tokens).toBeGreaterThan(4);
    expect(chosen.usage.total_tokens).toBe(chosen.usage.prompt_tokens);
    const floats = await client().embeddings.create({ model, input: TEXTS, encoding_format: 'float' });
    expect(bits(floats.data.map(({ embedding }) => embedding))).toEqual(wanted);
    const one = await client().embeddings.create({ model, input: 'a cat sits on the mat' });
    expect(bits(one.data.map(({ embedding }) => embedding))).toEqual(
      bits(await direct().embed('a cat sits on the mat')),
    );
  });

  test.skipIf(pythonWithOpenAi === null)(
    `the Python client and LangChain too${pythonWithOpenAi === null ? ' (LANEWAY_TEST_PYTHON is not set)' : ''}`,
    async () => {
      const script = join(import.meta.dirname, '../clients/python-embeddings.py');
      const given = JSON.stringify({ base: `${gateway().url}/v1`, model: 'embeddings', texts: TEXTS });
      const { stdout } = await promisify(execFile)(pythonWithOpenAi ?? 'python3', ['-B', script, given]);
      const wanted = bits(await direct().embed(TEXTS));
      const [first] = bits(await direct().embed(TEXTS[0]));
      expect(JSON.parse(stdout)).toMatchObject({
        openai: wanted,
        'openai, float': wanted,
        langchain: wanted,
        'langchain, one': [first],
      });
    },
    60_000,
  );

  test('an empty list and an input that is too long are 400, and nothing is cut in silence', async () => {
    const ask = (input: unknown): Promise<Response> => send(`${gateway().url}/v1/embeddings`, { input });
    expect((await ask([])).status).toBe(400);
    const long = await ask(LONG);
    expect([long.status, await long.text()]).toEqual([400, expect.stringMatching(/context|too large/)]);
  });

  test('a model for vectors does not chat: 400', async () => {
    const reply = await gateway().chat({ model: 'embeddings' });
    expect(reply.status).toBe(400);
  });
}

describeWithEngine('embeddings of a real llama-server', () => {
  let llama: LlamaServer;
  let laneway: TestGateway;
  beforeAll(async () => {
    // With one slot, since what is computed in one batch changes the last bits of a vector.
    llama = await startLlama({ model: 'minilm-l6-v2', args: ['-np', '1'] });
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { llama: { type: 'llamacpp', base_url: llama.url } },
        lanes: { main: {} },
        nodes: { embeddings: { kind: 'embeddings', model: 'llama/minilm-l6-v2' } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await llama.stop();
  });
  const direct: Direct = {
    embed: async (input, more = {}) => {
      const reply = await post(`${llama.url}/v1/embeddings`, { model: 'minilm-l6-v2', input, ...more });
      return (reply['data'] as { embedding: number[] }[]).map(({ embedding }) => embedding);
    },
  };

  embedsAsTheEngine(
    () => laneway,
    () => direct,
  );

  test('token ids go through, one list and several', async () => {
    for (const input of [
      [101, 7592, 102],
      [[101, 7592, 102], [101]],
    ]) {
      const reply = await post(`${laneway.url}/v1/embeddings`, { input });
      const vectors = (reply['data'] as { embedding: number[] }[]).map(({ embedding }) => embedding);
      expect(bits(vectors)).toEqual(bits(await direct.embed(input)));
    }
  });

  test('wire case 173: it leaves `dimensions` unheeded, which is 400 rather than vectors of another size', async () => {
    const reply = await post(`${laneway.url}/v1/embeddings`, { input: 'a', dimensions: 64 });
    expect(reply['error']).toMatchObject({ code: 'unsupported_parameter' });
    const same = await post(`${laneway.url}/v1/embeddings`, { input: 'a', dimensions: 384 });
    expect(same['data']).toHaveLength(1);
  });
});

describeWithOllama('embeddings of a real Ollama', () => {
  let ollama: Ollama;
  let laneway: TestGateway;
  beforeAll(async () => {
    ollama = await startOllama(['minilm-l6-v2']);
    laneway = await startGateway({
      config: {
        default_lane: 'main',
        providers: { ollama: { type: 'ollama', base_url: ollama.url } },
        lanes: { main: {} },
        nodes: { embeddings: { kind: 'embeddings', model: 'ollama/minilm-l6-v2' } },
      },
    });
  }, 60_000);
  afterAll(async () => {
    await laneway.stop();
    await ollama.stop();
  });
  const direct: Direct = {
    embed: async (input, more = {}) => {
      const reply = await post(`${ollama.url}/api/embed`, { model: 'minilm-l6-v2', input, ...more });
      return reply['embeddings'] as number[][];
    },
  };

  embedsAsTheEngine(
    () => laneway,
    () => direct,
  );

  test('`dimensions` are the engine’s matter', async () => {
    const reply = await post(`${laneway.url}/v1/embeddings`, { input: 'a', dimensions: 8 });
    const vectors = (reply['data'] as { embedding: number[] }[]).map(({ embedding }) => embedding);
    expect(bits(vectors)).toEqual(bits(await direct.embed('a', { dimensions: 8 })));
    expect(vectors[0]).toHaveLength(8);
  });

  test('wire case 174: token ids are 400 with the reason', async () => {
    const reply = await post(`${laneway.url}/v1/embeddings`, { input: [1, 2] });
    expect(reply['error']).toMatchObject({ code: 'unsupported_parameter', param: 'input' });
  });
});
