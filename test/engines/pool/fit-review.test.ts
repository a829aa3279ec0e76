import { expect, test } from 'vitest';

import { GB } from './core-world.ts';
import { PoolHarness } from './pool-harness.ts';

// Settings with which models can never be loaded are named before anybody asks for these.

const warningsOf = async (
  sizes: Readonly<Record<string, number>>,
  settings: ConstructorParameters<typeof PoolHarness>[1],
): Promise<readonly string[]> => {
  const harness = await new PoolHarness(sizes, settings).start();
  await harness.pass(120_000);
  return harness.warnings;
};

test('a budget that is too small for some models names these once, the largest first', async () => {
  const sizes = { 'e/fits': 90, 'e/large': 101, 'e/huge': 230 };
  expect(await warningsOf(sizes, { reserveBytes: 8 * GB })).toEqual([
    'pool local: too little memory (100.0 GB, less a reserve of 8.0 GB) to ever load e/huge (230.0 GB) and e/large (101.0 GB)',
  ]);
});

test('of a large folder of models only some are named', async () => {
  const sizes = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`e/m${at}`, 120 + at]));
  const [line] = await warningsOf(sizes, {});
  expect(line).toContain(
    'to ever load e/m8 (128.0 GB), e/m7 (127.0 GB), e/m6 (126.0 GB), e/m5 (125.0 GB) and 5 more',
  );
});

test('pinned models that do not fit beside each other are named', async () => {
  const sizes = { 'e/pinned-1': 60, 'e/pinned-2': 50, 'e/other': 90 };
  expect(await warningsOf(sizes, { reserveBytes: 2 * GB })).toEqual([
    'pool local: too little memory (100.0 GB, less a reserve of 2.0 GB) for all pinned models at a time: e/pinned-1 (60.0 GB) and e/pinned-2 (50.0 GB)',
  ]);
});

test('nothing is said of models that fit, nor where the memory is not known', async () => {
  expect(await warningsOf({ 'e/a': 60, 'e/b': 60, 'e/pinned': 20 }, {})).toEqual([]);
  expect(await warningsOf({ 'e/a': 6_000 }, { budgetBytes: null, reserveBytes: null })).toEqual([]);
});
