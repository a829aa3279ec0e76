import { expect, test } from 'vitest';

import { listedModel } from '../../../src/engines/gguf/listed-model.ts';
import type { ModelFile } from '../../../src/engines/gguf/model-file.ts';
import type { ListedModel } from '../../../src/providers/provider.ts';
import { llamaShape, type GgufShape } from '../../support/gguf.ts';
import { GGUF_SHAPES } from '../../support/gguf-shapes.ts';
import { faultOf, modelOf } from './files.ts';

function listed(shape: GgufShape, id = 'some-model', projector: ModelFile['projector'] = null): ListedModel {
  return listedModel({ id, path: '/m/some-model.gguf', sizeBytes: 1, model: modelOf(shape), projector });
}

function shapeOf(name: string): GgufShape {
  const shape = GGUF_SHAPES[name];
  if (shape === undefined) throw new Error(name);
  return shape;
}

test('window, parameters, quantisation and sizes are those of the file', () => {
  expect(modelOf(llamaShape({ 'general.file_type': ['u32', 15] }))).toMatchObject({
    name: 'Small Llama',
    architecture: 'llama',
    quantization: 'Q4_K_M',
    parameters: 12_480,
    tensorBytes: 24_960,
    contextLength: 8192,
    embeddingLength: 64,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    vocabulary: 3,
    causal: true,
  });
});

test('a file that does not say how it was quantised is named after the type of most of its bytes', () => {
  const { 'general.file_type': _, ...keys } = llamaShape().keys;
  const tensors = [{ name: 'output.weight', dims: [256, 1000], type: 14 }];
  expect(modelOf({ keys, tensors: [...(llamaShape().tensors ?? []), ...tensors] }).quantization).toBe('Q6_K');
});

test('a file without an architecture, or with impossible layers, cannot be used', () => {
  const { 'general.architecture': _, ...keys } = llamaShape().keys;
  expect(faultOf({ keys }).message).toBe('does not name its architecture');
  expect(faultOf(llamaShape({ 'llama.block_count': ['u32', 4_000_000] })).message).toBe(
    'claims 4000000 layers',
  );
});

test.each<[string, number | string | boolean]>([
  ['llama.context_length', -1],
  ['llama.context_length', 'long'],
  ['llama.context_length', true],
])('a size that is none, such as %s = %s, is unknown', (key, value) => {
  const written =
    typeof value === 'number'
      ? (['i32', value] as const)
      : typeof value === 'string'
        ? (['string', value] as const)
        : (['bool', value] as const);
  expect(modelOf(llamaShape({ [key]: written })).contextLength).toBeNull();
});

test('a name from the file cannot control the terminal', () => {
  const { name } = modelOf(llamaShape({ 'general.name': ['string', '\u001B[31mRed\n\u202E'] }));
  expect(name).toBe('[31mRed');
});

test('heads per layer are kept, with their zeros', () => {
  const model = modelOf(shapeOf('heads per layer, with zeros'));
  expect(model.kvHeads).toEqual([0, 0, 8, 0, 0, 8]);
  expect(model.layerTensors.map(({ attention }) => attention)).toEqual([
    false,
    false,
    true,
    false,
    false,
    true,
  ]);
  expect(model.layerTensors.map(({ recurrent }) => recurrent)).toEqual([
    true,
    false,
    false,
    true,
    false,
    false,
  ]);
});

test.each<[string, string | null, boolean | undefined, boolean | undefined]>([
  ['knows tools', '{% if tools %}{{ tools }}{% endif %}', true, undefined],
  ['knows calls', '{{ message.tool_calls }}', true, undefined],
  ['knows neither', '{{ messages }}', false, undefined],
  ['thinks', '<think>{{ x }}</think>', false, true],
  ['only removes an end of thinking', "{{ x.split('</think>') }}", false, undefined],
  ['is missing', null, undefined, undefined],
])('a chat template that %s is a model that does', (_, template, tools, reasoning) => {
  const keys = template === null ? {} : { 'tokenizer.chat_template': ['string', template] as const };
  const { capabilities } = listed(llamaShape(keys));
  expect(capabilities.supports_tools).toBe(tools);
  expect(capabilities.supports_reasoning).toBe(reasoning);
});

test('a long chat template is read', () => {
  const template = `${' '.repeat(200_000)}{{ tools }}`;
  const { capabilities } = listed(llamaShape({ 'tokenizer.chat_template': ['string', template] }));
  expect(capabilities.supports_tools).toBe(true);
});

test.each([
  ['bert', 'an embedding model', 'some-model', 'embeddings'],
  ['a pooling type', null, 'some-model', 'embeddings'],
  ['its name', null, 'nomic-embed-text-v1.5', 'embeddings'],
])('an embedding model is known by %s', (_, shape, id, kind) => {
  const keys = id === 'some-model' ? { 'llama.pooling_type': ['u32', 3] as const } : {};
  const found = listed(shape === null ? llamaShape(keys) : shapeOf(shape), id);
  expect(found.kind).toBe(kind);
  expect(found.capabilities).toMatchObject({ supports_embeddings: true });
  expect(found.capabilities.supports_tools).toBeUndefined();
});

test('a reranker is known by its pooling type, a pooling type of zero says nothing', () => {
  expect(listed(llamaShape({ 'llama.pooling_type': ['u32', 4] })).kind).toBe('rerank');
  expect(listed(llamaShape({ 'llama.pooling_type': ['u32', 0] })).kind).toBe('chat');
});

test('a model sees images with a projector or with an encoder of its own, else not', () => {
  const projector = {
    path: '/m/mmproj.gguf',
    sizeBytes: 1,
    model: modelOf(shapeOf('a projector of images')),
  };
  expect(listed(llamaShape()).capabilities.supports_vision).toBe(false);
  expect(listed(llamaShape(), 'x', projector).capabilities.supports_vision).toBe(true);
  const own = llamaShape({ 'llama.vision.block_count': ['u32', 4] });
  expect(listed(own).capabilities.supports_vision).toBe(true);
});
