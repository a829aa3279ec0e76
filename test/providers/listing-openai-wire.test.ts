import { expect, test } from 'vitest';
import { groqType } from '../../src/providers/groq/settings.ts';
import { openAiCompatibleType } from '../../src/providers/openai-compatible/settings.ts';
import { openAiType } from '../../src/providers/openai/settings.ts';
import { vllmType } from '../../src/providers/vllm/settings.ts';
import { failureOf, fixture, listFrom, modelOf, Reply } from './list-server.ts';

const entry = (id: string, more: object = {}): object => ({
  id,
  object: 'model',
  created: 1_715_367_049,
  owned_by: 'system',
  ...more,
});
const list = (...ids: string[]): object => ({ object: 'list', data: ids.map((id) => entry(id)) });

test('a cloud’s list contains no models that clearly cannot chat or embed', async () => {
  const chat = [
    'gpt-4o',
    'gpt-4o-mini',
    'gpt-4o-audio-preview',
    'o4-mini',
    'gpt-5-codex',
    'chatgpt-4o-latest',
    'ft:gpt-4o-mini-2024-07-18:acme::A1b2',
    'something-new-9',
  ];
  const unusable = [
    'whisper-1',
    'gpt-4o-transcribe',
    'gpt-4o-mini-transcribe',
    'tts-1',
    'tts-1-hd',
    'gpt-4o-mini-tts',
    'dall-e-3',
    'gpt-image-1',
    'chatgpt-image-latest',
    'sora-2',
    'omni-moderation-latest',
    'text-moderation-stable',
    'gpt-4o-realtime-preview',
    'babbage-002',
    'davinci-002',
    'gpt-3.5-turbo-instruct',
  ];
  const listing = await listFrom(openAiType, { 'GET /v1/models': list(...chat, ...unusable) });
  expect(listing.models.map(({ id, kind, status }) => [id, kind, status])).toEqual(
    chat.map((id) => [id, null, 'available']),
  );
  expect(listing.singleModel).toBe(false);
});

test('a chat plan never contains an embeddings model', async () => {
  const ids = ['text-embedding-3-small', 'text-embedding-ada-002', 'BAAI/bge-m3', 'nomic-embed-text-v1.5'];
  const listing = await listFrom(openAiCompatibleType, {
    'GET /v1/models': list(...ids, 'BAAI/bge-reranker-v2-m3', 'qwen-embedded-coder'),
  });
  expect(listing.models.map(({ kind }) => kind)).toEqual([...ids.map(() => 'embeddings'), 'rerank', null]);
});

test("Groq's list is read at its own path, with context lengths and without inactive models", async () => {
  const listing = await listFrom(groqType, {
    'GET /openai/v1/models': {
      object: 'list',
      data: [
        entry('llama-3.3-70b-versatile', {
          active: true,
          context_window: 131_072,
          max_completion_tokens: 32_768,
        }),
        entry('gone', { active: false }),
        entry('whisper-large-v3', { active: true, context_window: 448 }),
        entry('playai-tts', { active: true }),
        entry('canopylabs/orpheus-v1-english', { active: true }),
        entry('openai/gpt-oss-120b', { active: true }),
      ],
    },
  });
  expect(listing.models.map(({ id }) => id)).toEqual(['llama-3.3-70b-versatile', 'openai/gpt-oss-120b']);
  const capabilities = { context_length: 131_072, max_output_tokens: 32_768 };
  expect(modelOf(listing, 'llama-3.3-70b-versatile').capabilities).toEqual(capabilities);
  expect(modelOf(listing, 'openai/gpt-oss-120b').capabilities).toEqual({});
});

test('vLLM: the context is that of the running server, and adapters are models too', async () => {
  const listing = await listFrom(vllmType, {
    'GET /v1/models': {
      object: 'list',
      data: [
        entry('Qwen/Qwen2.5-Coder-32B-Instruct', {
          root: '/models/qwen',
          parent: null,
          max_model_len: 32_768,
        }),
        entry('sql-adapter', { root: '/adapters/sql', parent: 'Qwen/Qwen2.5-Coder-32B-Instruct' }),
      ],
    },
  });
  expect(listing.models.map(({ id }) => id)).toEqual(['Qwen/Qwen2.5-Coder-32B-Instruct', 'sql-adapter']);
  expect(listing.models[0]?.capabilities).toEqual({ context_length: 32_768, supports_json_schema: true });
  expect(listing.models[1]?.capabilities).toEqual({ supports_json_schema: true });
  expect(JSON.stringify(listing)).not.toContain('/models/qwen');
});

test('a bare array is accepted, and broken entries are skipped', async () => {
  const listing = await listFrom(openAiCompatibleType, {
    'GET /v1/models': [entry('mistral', { context_length: 8192 }), null, {}, { id: '' }, 'text'],
  });
  expect(listing.models.map(({ id }) => id)).toEqual(['mistral']);
  expect(modelOf(listing, 'mistral').capabilities).toEqual({ context_length: 8192 });
});

test.each([
  ['a web page', new Reply(200, '<html>Welcome</html>', { 'content-type': 'text/html' })],
  ['another JSON', new Reply(200, { status: 'ok' })],
  ['broken JSON', new Reply(200, '{"data": [')],
  ['nothing', new Reply(200, '')],
  ['no content', new Reply(204, '')],
  ['null', new Reply(200, null)],
])('%s instead of a list fails the probe and does not count as an empty list', async (_, reply) => {
  for (const [type, line] of [
    [openAiCompatibleType, 'GET /v1/models'],
    [groqType, 'GET /openai/v1/models'],
  ] as const) {
    const failure = await failureOf(listFrom(type, { [line]: reply }));
    expect(failure.class).toBe('malformed');
  }
});

test('an endless reply does not fill the memory', async () => {
  const endless = { object: 'list', data: [entry('x'.repeat(17 * 1024 * 1024))] };
  const failure = await failureOf(listFrom(openAiType, { 'GET /v1/models': endless }));
  expect(failure.summary).toBe('answered with more than 16 MiB');
});

test.each([openAiCompatibleType, vllmType])(
  'a llama-server with one model is known as such when the configuration calls it $settings.type',
  async (type) => {
    const { singleModel, models } = await listFrom(type, {
      'GET /v1/models': fixture('llamacpp/models.json'),
    });
    expect(models).toHaveLength(1);
    expect(singleModel).toBe(true);
    const one = { object: 'list', data: [entry('a', { owned_by: 'llamacpp' })] };
    expect((await listFrom(type, { 'GET /v1/models': one })).singleModel).toBe(true);
    const router = {
      object: 'list',
      data: [entry('a', { owned_by: 'llamacpp', status: { value: 'loaded' } })],
    };
    expect((await listFrom(type, { 'GET /v1/models': router })).singleModel).toBe(false);
    const other = { object: 'list', data: [entry('a', { owned_by: 'vllm' })] };
    expect((await listFrom(type, { 'GET /v1/models': other })).singleModel).toBe(false);
  },
);
