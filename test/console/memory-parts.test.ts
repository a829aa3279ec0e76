import { expect, test } from 'vitest';

import type { Pool } from '../../src/console/api/types.ts';
import { memoryOf } from '../../src/console/engines/memory-parts.ts';

const GB = 1e9;

const EMPTY: Pool = {
  ...{ name: 'local', source: 'meminfo', pressure: null, temperature_c: null, thermal: 'normal' },
  ...{ state: 'ready', error: null, switch: null, burst: null, resident: [], waiting: [] },
  ...{ budget_bytes: 100 * GB, reserve_bytes: 10 * GB, used_bytes: 50 * GB, free_bytes: 40 * GB },
};

function resident(model: string, gigabytes: number): Pool['resident'][number] {
  const times = { loaded_at: null, last_used_at: null };
  return { model, state: 'loaded', bytes: gigabytes * GB, in_flight: 0, pinned: false, ...times };
}

function sizes(pool: Pool): Record<string, number> {
  return Object.fromEntries(memoryOf(pool).parts.map(({ name, bytes }) => [name, bytes / GB]));
}

test('the bar is the whole budget: models, what other programs use, what is free, and the reserve', () => {
  const pool = { ...EMPTY, resident: [resident('a/one', 30), resident('a/two', 5)] };
  expect(sizes(pool)).toEqual({
    'a/one': 30,
    'a/two': 5,
    'Other programs': 15,
    'Free for models': 40,
    'Reserve, kept free': 10,
  });
  expect(memoryOf(pool)).toMatchObject({ scale: 100 * GB, missing: 0 });
});

test('more in use than the budget allows makes the bar longer and says how much is missing', () => {
  const pool = { ...EMPTY, resident: [resident('a/one', 95)], used_bytes: 95 * GB, free_bytes: -5 * GB };
  expect(sizes(pool)).toEqual({ 'a/one': 95, 'Reserve, kept free': 10 });
  expect(memoryOf(pool)).toMatchObject({ scale: 105 * GB, missing: 5 * GB });
});

test('without a budget only the models are shown', () => {
  const unknown = { source: null, budget_bytes: null, reserve_bytes: 4 * GB, free_bytes: null };
  const pool = { ...EMPTY, ...unknown, resident: [resident('a/one', 3)], used_bytes: 3 * GB };
  expect(sizes(pool)).toEqual({ 'a/one': 3 });
});

test('a model keeps its colour while others come and go', () => {
  const colourOf = (models: readonly string[]): number | undefined =>
    memoryOf({ ...EMPTY, resident: models.map((model) => resident(model, 1)) }).parts.find(
      ({ name }) => name === 'b/kept',
    )?.colour;
  const before = colourOf(['b/first', 'b/kept']);
  expect(colourOf(['b/kept'])).toBe(before);
  expect(colourOf(['b/other', 'b/third', 'b/kept'])).toBe(before);
});
