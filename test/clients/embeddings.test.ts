import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json } from '../support/fake-replies.ts';
import {
  startFakeUpstream,
  type FakeRequest,
  type FakeUpstream,
  type Reply,
} from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { NO_SDKS, sdkFolder } from '../support/sdks.ts';
import { hasRoute } from './has-route.ts';
import { linesOf } from './scripts.ts';

const TEXTS = ['first', 'second'];
/** What either upstream answers; 32-bit floats hold them exactly. */
const VECTORS = [
  [0.5, -1, 0.25],
  [0, 2, -0.125],
];
const MODELS = ['open/e', 'ollama/e:latest'];

/** Whether the client's route is `/v1/embeddings`; otherwise `/api/embed`. */
const SCRIPTED: Readonly<Record<string, boolean>> = {
  '@ai-sdk/openai': true,
  '@ai-sdk/openai-compatible': true,
  'ollama-ai-provider-v2': false,
  '@langchain/openai': true,
  '@langchain/ollama': false,
};

let upstream: FakeUpstream;
let gateway: TestGateway;
let ollamaRoute: boolean;

beforeAll(async () => {
  upstream = await startFakeUpstream(answer);
  gateway = await startGateway({
    discover: false,
    config: {
      providers: {
        open: { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true },
        ollama: { type: 'ollama', base_url: upstream.url },
      },
      models: Object.fromEntries(MODELS.map((model) => [model, { kind: 'embeddings' }])),
    },
  });
  ollamaRoute = await hasRoute(gateway.url, '/api/embed');
});
afterAll(async () => {
  await gateway.stop();
  await upstream.close();
});

/** Both vendors' calls, each in its own shape. */
function answer(request: FakeRequest): Reply {
  expect(request.json()).toMatchObject({ input: TEXTS });
  if (request.path === '/api/embed') {
    const counts = { total_duration: 9, load_duration: 1, prompt_eval_count: 4 };
    return json(200, { model: 'e:latest', embeddings: VECTORS, ...counts });
  }
  const { encoding_format: format } = request.json() as { encoding_format?: string };
  const data = VECTORS.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding:
      format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector,
  }));
  return json(200, { object: 'list', data, model: 'e', usage: { prompt_tokens: 4, total_tokens: 4 } });
}

describe.each(MODELS)('vectors of %s, through each client', (model) => {
  test('openai', async () => {
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'sk-fake-client', maxRetries: 0 });
    const { data } = await client.embeddings.create({ model, input: TEXTS });
    expect(data.map(({ embedding }) => embedding)).toEqual(VECTORS);
  });

  test('ollama', async (context) => {
    if (!ollamaRoute) context.skip('there is no /api/embed yet');
    const { embeddings } = await new Ollama({ host: gateway.url }).embed({ model, input: TEXTS });
    expect(embeddings).toEqual(VECTORS);
  });
});

describe.skipIf(sdkFolder === null)(`the installed SDKs${sdkFolder === null ? ` (${NO_SDKS})` : ''}`, () => {
  let results: readonly Record<string, unknown>[];
  beforeAll(async () => {
    const clients = Object.keys(SCRIPTED).filter((client) => SCRIPTED[client] === true || ollamaRoute);
    const given = { url: gateway.url, models: MODELS, clients, texts: TEXTS };
    results = await linesOf('sdks/embeddings.mjs', given);
  }, 120_000);

  describe.each(MODELS)('vectors of %s', (model) => {
    test.for(Object.keys(SCRIPTED))('%s', (client, context) => {
      if (SCRIPTED[client] !== true && !ollamaRoute) context.skip('there is no /api/embed yet');
      const result = results.find((each) => each['client'] === client && each['model'] === model);
      expect(result).toEqual({ client, model, vectors: VECTORS });
    });
  });
});
