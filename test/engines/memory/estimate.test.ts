import { expect, test } from 'vitest';

import type { GgufModel } from '../../../src/engines/gguf/model-file.ts';
import { estimateMemory, type MemoryEstimate } from '../../../src/engines/memory/estimate.ts';
import { memorySettings, type MemorySettings } from '../../../src/engines/memory/settings.ts';
import { llamaShape, type GgufShape } from '../../support/gguf.ts';
import { GGUF_SHAPES } from '../../support/gguf-shapes.ts';
import { modelOf } from '../gguf/files.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

function known(name: string): GgufModel {
  return modelOf(GGUF_SHAPES[name] as GgufShape);
}

function estimate(
  model: GgufModel,
  settings: Pick<MemorySettings, 'context'> & Partial<MemorySettings>,
  projectorBytes = 0,
): MemoryEstimate {
  return estimateMemory(model, memorySettings(settings), projectorBytes);
}

/** The shape of a real model, without its tensors. */
function shaped(layers: number, heads: number, kvHeads: number, length: number): GgufModel {
  return modelOf({
    ...llamaShape({
      'llama.block_count': ['u32', layers],
      'llama.embedding_length': ['u32', heads * length],
      'llama.attention.head_count': ['u32', heads],
      'llama.attention.head_count_kv': ['u32', kvHeads],
    }),
    tensors: [],
  });
}

test.each([
  ['Qwen2.5-32B', 64, 40, 32_768, 'f16', 8],
  ['Qwen2.5-32B', 64, 40, 131_072, 'f16', 32],
  ['Llama-3.1-8B', 32, 32, 131_072, 'f16', 16],
  ['Llama-3.1-8B', 32, 32, 131_072, 'q8_0', 8.5],
  ['Llama-3.1-8B', 32, 32, 131_072, 'q4_0', 4.5],
  ['Llama-3.1-8B', 32, 32, 4_194_304, 'q4_0', 144],
] as const)('keys and values of %s (%i layers, %i heads): %i tokens, %s: %d GiB', (...row) => {
  const [, layers, heads, context, type, gib] = row;
  const model = shaped(layers, heads, 8, 128);
  expect(estimate(model, { context, keyType: type, valueType: type }).kvCache).toBe(gib * GIB);
});

test('keys and values may have different types and lengths', () => {
  const model = { ...shaped(10, 8, 2, 64), keyLength: 128, valueLength: 256 };
  const { kvCache } = estimate(model, { context: 1024, keyType: 'q8_0', valueType: 'q4_0' });
  expect(kvCache).toBe(10 * 1024 * 2 * (128 * 1.0625 + 256 * 0.5625));
});

test('a layer without heads for keys and values keeps none', () => {
  const model = known('heads per layer, with zeros');
  expect(estimate(model, { context: 4096 }).kvCache).toBe(2 * 4096 * 8 * (128 + 128) * 2);
});

test('heads per layer with zeros count even where the names of the tensors show nothing', () => {
  const model = { ...known('heads per layer, with zeros'), layerTensors: [] };
  expect(estimate(model, { context: 4096 }).kvCache).toBe(2 * 4096 * 8 * (128 + 128) * 2);
  expect(estimate(model, { context: 4096 }).recurrentState).toBeGreaterThan(0);
});

test('sliding layers keep their window and a batch, unless the server keeps all', () => {
  const model = known('sliding window');
  const perToken = 4 * (256 + 256) * 2;
  const expected = { window: 1024 + 512, full: 2, sliding: 10 };
  expect(estimate(model, { context: 65_536 }).kvCache).toBe(
    (expected.full * 65_536 + expected.sliding * expected.window) * perToken,
  );
  expect(estimate(model, { context: 65_536, fullSlidingCache: true }).kvCache).toBe(12 * 65_536 * perToken);
  // Shorter than the window.
  expect(estimate(model, { context: 512 }).kvCache).toBe(12 * 512 * perToken);
});

test('a window that the architecture does not use makes no layer slide', () => {
  const model = modelOf(llamaShape({ 'llama.attention.sliding_window': ['u32', 128] }));
  expect(estimate(model, { context: 8192 }).kvCache).toBe(2 * 8192 * 2 * 32 * 2);
});

test.each<[string, Partial<GgufModel>, number]>([
  ['a period in the file', { slidingPattern: 2 }, 1],
  ['a pattern for each layer', { slidingPattern: [1, 0] }, 1],
  ['a shorter pattern, which repeats', { slidingPattern: [1] }, 2],
  ['a period of zero: all of them', { slidingPattern: 0 }, 2],
])('%s says which layers slide', (_, pattern, sliding) => {
  const model = { ...modelOf(llamaShape()), slidingWindow: 256, ...pattern };
  const { kvCache } = estimate(model, { context: 8192 });
  expect(kvCache).toBe(((2 - sliding) * 8192 + sliding * 768) * 2 * 32 * 2);
});

test('latent attention keeps only its compressed keys: a twelfth of what the formula for heads gives', () => {
  const model = known('latent attention');
  const { kvCache } = estimate(model, { context: 32_768 });
  expect(kvCache).toBe(27 * 32_768 * 576 * 2);
});

test('an old file of such a model, without the lengths, is loaded with all heads', () => {
  const model = {
    ...known('latent attention'),
    isLatent: false,
    kvHeads: 16,
    keyLength: 192,
    valueLength: 128,
  };
  expect(estimate(model, { context: 1024 }).kvCache).toBe(27 * 1024 * 16 * (192 + 128) * 2);
});

test('a recurrent state depends on the slots, not on the context', () => {
  const model = known('recurrent state in most layers');
  const perLayer = 3 * (4096 + 2 * 16 * 128) + 128 * 4096;
  expect(estimate(model, { context: 4096 }).recurrentState).toBe(6 * perLayer * 4);
  expect(estimate(model, { context: 262_144, slots: 4 }).recurrentState).toBe(4 * 6 * perLayer * 4);
  // Two of eight layers have attention.
  expect(estimate(model, { context: 4096 }).kvCache).toBe(2 * 4096 * 2 * (256 + 256) * 2);
});

test('which layers are recurrent is known from the interval, too', () => {
  const model = { ...known('recurrent state in most layers'), layerTensors: [] };
  const same = known('recurrent state in most layers');
  expect(estimate(model, { context: 4096 })).toEqual(estimate(same, { context: 4096 }));
});

test('layers that use the keys and values of others keep none', () => {
  const model = { ...shaped(10, 8, 2, 64), sharedKvLayers: 4 };
  expect(estimate(model, { context: 1024 }).kvCache).toBe(6 * 1024 * 2 * 128 * 2);
});

test('slots divide the context or share it', () => {
  const model = shaped(1, 8, 8, 128);
  const perToken = 8 * 256 * 2;
  expect(estimate(model, { context: 1000, slots: 3 }).kvCache).toBe(3 * 512 * perToken);
  expect(estimate(model, { context: 1000, slots: 3, unified: true }).kvCache).toBe(1024 * perToken);
});

test('an embedding model keeps nothing between requests', () => {
  expect(estimate(known('an embedding model'), { context: 512 })).toMatchObject({
    kvCache: 0,
    recurrentState: 0,
  });
});

test('intermediate results grow with the batch, and without flash attention with the context', () => {
  const model = shaped(32, 32, 8, 128);
  const base = estimate(model, { context: 32_768 }).compute;
  expect(estimate(model, { context: 32_768, batch: 2048 }).compute).toBeGreaterThan(3.9 * base);
  expect(estimate(model, { context: 32_768, flashAttention: false }).compute).toBeGreaterThan(base + 2 * GIB);
});

test('a projector counts with its file and what it computes', () => {
  const model = known('llama, version 3');
  expect(estimate(model, { context: 1024 }, 100 * MIB).projector).toBe(300 * MIB);
  expect(estimate(model, { context: 1024 }, 2 * GIB).projector).toBe(3 * GIB);
});

test('the total is the sum of its parts', () => {
  for (const [name, shape] of Object.entries(GGUF_SHAPES)) {
    if (name.includes('256,000')) continue;
    const { total, ...parts } = estimate(modelOf(shape), { context: 4096 }, 7);
    expect(total).toBe(Object.values(parts).reduce((sum, part) => sum + part, 0));
  }
});
