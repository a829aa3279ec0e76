import { expect, test, vi } from 'vitest';
import { ollamaType } from '../../src/providers/ollama/settings.ts';
import {
  failureOf,
  fixture,
  listFrom,
  modelOf,
  probe,
  providerOf,
  Reply,
  startListServer,
  type Arrived,
} from './list-server.ts';

const askedFor = ({ body }: Arrived): string => (JSON.parse(body) as { model: string }).model;

const SHOWN: Readonly<Record<string, unknown>> = {
  'smollm2-135m:latest': fixture('ollama/show-chat.json'),
  'smollm2-135m-tools:latest': fixture('ollama/show-tools.json'),
  'minilm-l6-v2:latest': fixture('ollama/show-embeddings.json'),
};

const replies = {
  'GET /api/tags': fixture('ollama/tags.json'),
  'GET /api/ps': fixture('ollama/ps-none.json'),
  'GET /api/version': fixture('ollama/version.json'),
  'POST /api/show': (asked: Arrived): unknown =>
    SHOWN[askedFor(asked)] ?? new Reply(404, { error: `model '${askedFor(asked)}' not found` }),
};

/** The list of a newer server, which describes its models itself. */
const described = (name: string, more: object = {}): object => ({
  name,
  model: name,
  size: 4_661_224_676,
  digest: `sha256:${name}`,
  details: { family: 'llama', parameter_size: '8.0B', quantization_level: 'Q4_K_M', context_length: 131_072 },
  capabilities: ['completion', 'tools'],
  ...more,
});

test('each model with the capabilities of its description', async () => {
  const listing = await listFrom(ollamaType, replies);
  expect(listing.singleModel).toBe(false);
  expect(modelOf(listing, 'smollm2-135m-tools:latest')).toEqual({
    id: 'smollm2-135m-tools:latest',
    name: null,
    kind: 'chat',
    status: 'unloaded',
    capabilities: {
      context_length: 8192,
      parameter_count: 134_515_008,
      quantization: 'Q4_1',
      memory_gb_estimate: 0.098,
      supports_tools: true,
      supports_vision: false,
      supports_reasoning: false,
      supports_json_schema: true,
    },
  });
  expect(modelOf(listing, 'smollm2-135m:latest').capabilities.supports_tools).toBe(false);
  expect(modelOf(listing, 'minilm-l6-v2:latest')).toMatchObject({
    kind: 'embeddings',
    capabilities: { supports_embeddings: true, context_length: 512 },
  });
});

test('a model deleted meanwhile lacks only its own description', async () => {
  const listing = await listFrom(ollamaType, replies);
  expect(modelOf(listing, 'tiny-random:latest')).toMatchObject({
    kind: null,
    capabilities: { parameter_count: 3_220_000, quantization: 'F16', memory_gb_estimate: 0.0082 },
  });
  expect(modelOf(listing, 'tiny-random:latest').capabilities).not.toHaveProperty('supports_tools');
});

test('a loaded model has the context that it was loaded with: longer prompts are silently truncated', async () => {
  const listing = await listFrom(ollamaType, { ...replies, 'GET /api/ps': fixture('ollama/ps-loaded.json') });
  expect(modelOf(listing, 'smollm2-135m:latest')).toMatchObject({
    status: 'loaded',
    capabilities: { context_length: 2048 },
  });
  expect(modelOf(listing, 'smollm2-135m-tools:latest').status).toBe('unloaded');
});

test('a model that one request has loaded with a tiny context is not closed to the prompts of others', async () => {
  const loaded = (context_length: number): object => {
    const { models } = fixture('ollama/ps-loaded.json') as { models: readonly object[] };
    return { models: [{ ...models[0], context_length }] };
  };
  for (const [context, expected] of [
    [16, 2048],
    [4096, 4096],
  ] as const) {
    const listing = await listFrom(ollamaType, { ...replies, 'GET /api/ps': loaded(context) });
    expect(modelOf(listing, 'smollm2-135m:latest').capabilities.context_length).toBe(expected);
  }
});

test('a server that describes its models in the list gets no further requests', async () => {
  const { origin, arrived } = await startListServer({
    ...replies,
    'GET /api/tags': {
      models: [
        described('llama3.1:8b'),
        described('qwen3-vl:8b', { capabilities: ['completion', 'vision', 'thinking'] }),
        described('nomic-embed-text:latest', { capabilities: ['embedding'] }),
      ],
    },
  });
  const listing = await probe(providerOf(ollamaType, origin));
  expect(arrived.filter(({ line }) => line === 'POST /api/show')).toEqual([]);
  expect(modelOf(listing, 'llama3.1:8b').capabilities).toEqual({
    context_length: 131_072,
    parameter_count: 8e9,
    quantization: 'Q4_K_M',
    memory_gb_estimate: 4.7,
    supports_tools: true,
    supports_vision: false,
    supports_reasoning: false,
    supports_json_schema: true,
  });
  expect(modelOf(listing, 'qwen3-vl:8b').capabilities).toMatchObject({
    supports_vision: true,
    supports_reasoning: true,
    supports_tools: false,
  });
  expect(modelOf(listing, 'nomic-embed-text:latest').kind).toBe('embeddings');
});

test("a model that runs in Ollama's cloud does not count as local", async () => {
  const cloud = described('gpt-oss:120b-cloud', {
    remote_host: 'https://ollama.com',
    remote_model: 'gpt-oss',
  });
  const listing = await listFrom(ollamaType, {
    ...replies,
    'GET /api/tags': { models: [cloud, described('llama3.1:8b', { remote_host: '' })] },
  });
  expect(listing.models).toMatchObject([
    { id: 'gpt-oss:120b-cloud', remote: true, status: 'available' },
    { id: 'llama3.1:8b', status: 'unloaded' },
  ]);
  expect(modelOf(listing, 'llama3.1:8b')).not.toHaveProperty('remote');
});

test('a server too old to list capabilities: the family still shows an embeddings model', async () => {
  const { capabilities: _, ...show } = fixture('ollama/show-embeddings.json') as Record<string, unknown>;
  const listing = await listFrom(ollamaType, {
    'GET /api/tags': replies['GET /api/tags'],
    'POST /api/show': show,
  });
  expect(modelOf(listing, 'minilm-l6-v2:latest').kind).toBe('embeddings');
  expect(modelOf(listing, 'smollm2-135m:latest').kind).toBeNull();
});

test('a probe requests at most 64 descriptions, 4 at a time, and the next one the rest', async () => {
  const names = Array.from({ length: 70 }, (_, index) => `model-${index}:latest`);
  const models = names.map((name) => ({ name, model: name, digest: `sha256:${name}`, size: 1 }));
  let version = '0.17.4';
  let running = 0;
  let most = 0;
  const { origin, arrived } = await startListServer({
    'GET /api/tags': { models },
    'GET /api/version': () => ({ version }),
    'POST /api/show': async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      return fixture('ollama/show-tools.json');
    },
  });
  const provider = providerOf(ollamaType, origin);
  const shown = async (): Promise<number> => {
    arrived.length = 0;
    expect((await probe(provider)).models).toHaveLength(70);
    return arrived.filter(({ line }) => line === 'POST /api/show').length;
  };
  expect(await shown()).toBe(64);
  expect(most).toBeLessThanOrEqual(4);
  expect(most).toBeGreaterThan(1);
  expect(await shown()).toBe(6);
  expect(await shown()).toBe(0);
  version = '0.18.0';
  expect(await shown(), 'a newer server may see more in the same files').toBe(64);
});

test('the order of the models is the same at every probe', async () => {
  const listing = await listFrom(ollamaType, replies);
  const ids = listing.models.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted());
});

test('a refused list is reported unchanged, and the SDK writes nothing to the console', async () => {
  const spies = (['log', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  const busy = new Reply(503, 'busy', { 'content-type': 'text/plain' });
  const failure = await failureOf(listFrom(ollamaType, { 'GET /api/tags': busy }));
  expect(failure).toMatchObject({ class: 'busy', status: 503 });
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});

test.each([
  ['another JSON', { status: 'ok' }],
  ['broken JSON', new Reply(200, '{"models":')],
  ['plain text', new Reply(200, 'Ollama is running', { 'content-type': 'text/plain' })],
])('%s instead of a list fails the probe', async (_, reply) => {
  const failure = await failureOf(listFrom(ollamaType, { ...replies, 'GET /api/tags': reply }));
  expect(failure.class).toBe('malformed');
});
