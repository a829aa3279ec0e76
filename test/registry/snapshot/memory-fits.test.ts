import { expect, test } from 'vitest';

import { MemoryFits } from '../../../src/registry/snapshot/memory-fits.ts';
import type { MemoryShortage, ModelEntry } from '../../../src/routing/snapshot.ts';
import { providerEntry, snapshotOf } from '../../support/snapshot.ts';

const HERE = providerEntry('near', { onThisMachine: true });
const BIG: Partial<ModelEntry> = {
  status: 'unloaded',
  capabilities: { min_memory_gb: 20, recommended_memory_gb: 30 },
};

type Models = ReadonlyMap<string, ModelEntry>;

function modelsOf(
  big: Partial<ModelEntry> = {},
  more: Readonly<Record<string, Partial<ModelEntry>>> = {},
): Models {
  return snapshotOf({
    providers: [HERE, providerEntry('far')],
    models: { 'near/big': { ...BIG, ...big }, ...more },
  }).models;
}

function shortage(freeGb: number | null, models: Models, id = 'near/big'): MemoryShortage | undefined {
  const memory = new MemoryFits(() => 0);
  memory.update(freeGb, models);
  return memory.mark(models).get(id)?.memoryShortage;
}

test('a model that is not loaded lacks memory below its minimum, and is slowed below what is recommended', () => {
  expect(shortage(11.3, modelsOf())).toEqual({ kind: 'min', neededGb: 20, freeGb: 11.3, heldGb: 0 });
  expect(shortage(25, modelsOf())).toEqual({ kind: 'recommended', neededGb: 30, freeGb: 25, heldGb: 0 });
  expect(shortage(30, modelsOf())).toBeUndefined();
});

test.each<[string, number | null, Models]>([
  ['the free memory is unknown', null, modelsOf()],
  ['it is loaded', 1, modelsOf({ status: 'loaded' })],
  ['nobody knows whether it is loaded', 1, modelsOf({ status: null })],
  ['its server passes it on to a cloud', 1, modelsOf({ remote: true })],
  ['its needs are unknown', 1, modelsOf({ capabilities: {} })],
])('a model is not passed over when %s', (_when, freeGb, models) => {
  expect(shortage(freeGb, models)).toBeUndefined();
});

test('the memory of this machine does not matter for a server on another one', () => {
  expect(shortage(1, modelsOf({}, { 'far/big': BIG }), 'far/big')).toBeUndefined();
});

test('what other models of the same server take counts as free: it unloads them to make room', () => {
  const loaded = { status: 'loaded', capabilities: { memory_gb_estimate: 12 } } as const;
  expect(shortage(20, modelsOf({}, { 'near/other': loaded }))).toBeUndefined();
  expect(shortage(9, modelsOf({}, { 'far/other': loaded }))?.heldGb).toBe(0);
});

test('a model that a request loads is not passed over because it takes the memory', () => {
  let now = 0;
  const memory = new MemoryFits(() => now);
  const models = modelsOf();
  memory.update(40, models);
  const big = models.get('near/big');
  if (big === undefined) throw new Error('no model');
  memory.began(big);
  expect(memory.update(2, models)).toBe(false);
  now = 10 * 60_000;
  expect(memory.update(2, models)).toBe(true);
});

test('a reading is news only when it changes what a model lacks by a gigabyte', () => {
  const memory = new MemoryFits(() => 0);
  const models = modelsOf();
  expect(memory.update(50, models)).toBe(false);
  expect(memory.update(11.3, models)).toBe(true);
  const marked = memory.mark(models);
  expect(memory.update(11.2, marked)).toBe(false);
  expect(memory.update(12.1, marked)).toBe(true);
  expect(memory.update(null, marked)).toBe(true);
  expect(memory.mark(marked).get('near/big')?.memoryShortage).toBeUndefined();
});
