import { expect, test } from 'vitest';
import { llamaCppType } from '../../src/providers/llamacpp/settings.ts';
import {
  failureOf,
  fixture,
  listFrom,
  modelOf,
  probe,
  providerOf,
  Reply,
  startListServer,
} from './list-server.ts';

const single = {
  'GET /models': fixture('llamacpp/models.json'),
  'GET /props': fixture('llamacpp/props.json'),
};
const router = {
  'GET /models': fixture('llamacpp/router-models-loaded.json'),
  'GET /props': fixture('llamacpp/router-props.json'),
  'GET /props?model=smollm2-135m&autoload=false': fixture('llamacpp/router-child-props.json'),
};

/** The recorded single-model list, its only entry changed. */
const singleEntry = (change: object): object => {
  const list = fixture('llamacpp/models.json') as { data: object[] };
  return { ...list, data: list.data.map((entry) => ({ ...entry, ...change })) };
};

test('one model: its context is that of one slot, and its template shows whether it supports tools', async () => {
  const listing = await listFrom(llamaCppType, single);
  expect(listing).toEqual({
    singleModel: true,
    repliesNameModel: true,
    models: [
      {
        id: 'smollm2-135m-tools',
        name: null,
        kind: null,
        status: 'loaded',
        slots: 2,
        path: 'smollm2-135m.gguf',
        capabilities: {
          context_length: 2048,
          parameter_count: 134_515_008,
          quantization: 'Q4_1',
          memory_gb_estimate: 0.097,
          supports_tools: true,
          supports_vision: false,
          supports_json_schema: true,
        },
      },
    ],
  });
});

test('a model whose template does not support tools is listed so: the engine would ignore them', async () => {
  const props = fixture('llamacpp/props-no-tools.json');
  const listing = await listFrom(llamaCppType, { ...single, 'GET /props': props });
  expect(listing.models[0]?.capabilities.supports_tools).toBe(false);
});

test('an embeddings model is listed as one', async () => {
  const listing = await listFrom(llamaCppType, {
    'GET /models': fixture('llamacpp/embeddings-models.json'),
    'GET /props': fixture('llamacpp/embeddings-props.json'),
  });
  expect(listing.models[0]).toMatchObject({ id: 'minilm-l6-v2', kind: 'embeddings' });
  expect(listing.models[0]?.capabilities).toMatchObject({ context_length: 512, supports_embeddings: true });
  // The tokenizer is the only sign when the name is not one.
  const meta = (fixture('llamacpp/embeddings-models.json') as { data: { meta: object }[] }).data[0]?.meta;
  const unnamed = await listFrom(llamaCppType, { ...single, 'GET /models': singleEntry({ id: 'm', meta }) });
  expect(unnamed.models[0]?.kind).toBe('embeddings');
});

test.each([
  ['/models/gguf/granite-3.0-8b-instruct-Q4_K_M.gguf', 'granite-3.0-8b-instruct-Q4_K_M.gguf'],
  ['../models/a.gguf', 'a.gguf'],
  ['models/a.gguf', 'a.gguf'],
  ['C:\\models\\a.gguf', 'a.gguf'],
  ['~/a', 'a'],
  ['ggml-org/gemma-3-4b-it-GGUF:Q4_K_M', 'ggml-org/gemma-3-4b-it-GGUF:Q4_K_M'],
  ['plain', 'plain'],
])('wire case 169: the id %s is listed as %s', async (id, listed) => {
  const listing = await listFrom(llamaCppType, { ...single, 'GET /models': singleEntry({ id }) });
  expect(listing.models.map((model) => model.id)).toEqual([listed]);
});

test('a build without /models is listed through /v1/models, one without /props with less detail', async () => {
  const listing = await listFrom(llamaCppType, { 'GET /v1/models': fixture('llamacpp/models.json') });
  expect(listing.singleModel).toBe(true);
  expect(listing.models[0]?.capabilities).toEqual({
    context_length: 2048,
    parameter_count: 134_515_008,
    quantization: 'Q4_1',
    memory_gb_estimate: 0.097,
    supports_json_schema: true,
  });
});

test('a sleeping model is not loaded', async () => {
  const props = { ...(fixture('llamacpp/props.json') as object), is_sleeping: true };
  const listing = await listFrom(llamaCppType, { ...single, 'GET /props': props });
  expect(listing.models[0]?.status).toBe('unloaded');
});

test('a server with vision is listed so', async () => {
  const props = { ...(fixture('llamacpp/props.json') as object), modalities: { vision: true } };
  const listing = await listFrom(llamaCppType, { ...single, 'GET /props': props });
  expect(listing.models[0]?.capabilities.supports_vision).toBe(true);
  const architecture = { input_modalities: ['text', 'image'] };
  const old = await listFrom(llamaCppType, { 'GET /models': singleEntry({ architecture }) });
  expect(old.models[0]?.capabilities.supports_vision).toBe(true);
});

test('router: every model with its state; only loaded ones are described, and none is loaded for that', async () => {
  const { origin, arrived } = await startListServer(router);
  const listing = await probe(providerOf(llamaCppType, origin));
  expect(listing.singleModel).toBe(false);
  expect(
    listing.models.filter(({ status }) => status === 'loaded').map(({ id, kind }) => [id, kind]),
  ).toEqual([
    ['minilm-l6-v2', 'embeddings'],
    ['smollm2-135m', null],
    ['smollm2-135m-q8', null],
  ]);
  expect(modelOf(listing, 'smollm2-135m').capabilities).toEqual({
    context_length: 1024,
    parameter_count: 134_515_008,
    quantization: 'Q4_1',
    memory_gb_estimate: 0.097,
    supports_tools: false,
    supports_vision: false,
    supports_json_schema: true,
  });
  // Its child was unloaded between the two requests.
  expect(modelOf(listing, 'smollm2-135m-q8').capabilities).not.toHaveProperty('supports_tools');
  expect(modelOf(listing, 'tiny-random')).toMatchObject({
    status: 'unloaded',
    capabilities: { supports_json_schema: true },
  });
  const described = arrived.map(({ line }) => line).filter((line) => line.includes('?'));
  expect(described).toEqual(
    ['minilm-l6-v2', 'smollm2-135m', 'smollm2-135m-q8'].map((id) => `GET /props?model=${id}&autoload=false`),
  );
});

test('router: paths and command lines are never passed on', async () => {
  const listing = await listFrom(llamaCppType, router);
  const text = JSON.stringify(listing);
  expect(text).not.toContain('$ENGINES');
  expect(text).not.toContain('--');
});

test('router: an embeddings model is listed as one before it is loaded', async () => {
  const listing = await listFrom(llamaCppType, {
    ...router,
    'GET /models': fixture('llamacpp/router-models.json'),
  });
  expect(modelOf(listing, 'minilm-l6-v2')).toMatchObject({ kind: 'embeddings', status: 'unloaded' });
  const args = ['llama-server', '--embeddings', '--model', 'x'];
  const data = [{ id: 'm', object: 'model', status: { value: 'unloaded', args } }];
  const other = await listFrom(llamaCppType, { ...router, 'GET /models': { data } });
  expect(other.models[0]?.kind).toBe('embeddings');
});

test.each([
  ['loading', 'loading'],
  ['sleeping', 'unloaded'],
  ['downloading', 'unloaded'],
  ['something new', 'unloaded'],
])('router: the state %s is %s', async (value, status) => {
  const data = [{ id: 'm', object: 'model', status: { value, args: [] } }];
  const listing = await listFrom(llamaCppType, { ...router, 'GET /models': { data } });
  expect(listing.models[0]?.status).toBe(status);
});

test('another server with several models does not count as one that answers to any name', async () => {
  const list = fixture('llamacpp/models.json') as { data: object[] };
  const data = [...list.data, { id: 'second', object: 'model' }];
  const listing = await listFrom(llamaCppType, { 'GET /models': { data } });
  expect(listing).toMatchObject({ singleModel: false, models: [{}, { id: 'second' }] });
});

test.each([
  [503, 'Loading model', 'unavailable_error', 'loading'],
  [401, 'Invalid API Key', 'authentication_error', 'auth'],
])('a server that answers %i is classified by its message: %s', async (status, message, type, known) => {
  const reply = new Reply(status, { error: { message, type, code: status } });
  const failure = await failureOf(listFrom(llamaCppType, { 'GET /models': reply, 'GET /props': reply }));
  expect(failure).toMatchObject({ class: known, status });
});

test('a model that starts loading between the two requests is loading', async () => {
  const reply = new Reply(503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } });
  const failure = await failureOf(listFrom(llamaCppType, { ...single, 'GET /props': reply }));
  expect(failure.class).toBe('loading');
});

test.each([
  ['a web page', new Reply(200, '<html></html>')],
  ['another JSON', { status: 'ok' }],
  ['broken JSON', new Reply(200, '{"data":')],
])('%s instead of a list fails the probe', async (_, reply) => {
  const failure = await failureOf(listFrom(llamaCppType, { ...single, 'GET /models': reply }));
  expect(failure.class).toBe('malformed');
});
