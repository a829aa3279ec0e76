import { expect, test } from 'vitest';

import { accountOf } from '../../../src/engines/memory/budget.ts';
import { Footprints, measuredBytes } from '../../../src/engines/memory/footprints.ts';

const GB = 1e9;
const sample = { totalBytes: 128 * GB, usedBytes: 30 * GB };
const none = { budgetBytes: null, reserveBytes: null };

test('free is the budget less the reserve less what is used', () => {
  expect(accountOf(none, sample, 10 * GB)).toEqual({
    budgetBytes: 128 * GB,
    reserveBytes: 12.8 * GB,
    usedBytes: 30 * GB,
    freeBytes: 85.2 * GB,
  });
  expect(accountOf({ budgetBytes: 100 * GB, reserveBytes: 5 * GB }, sample, 10 * GB).freeBytes).toBe(85 * GB);
});

test('the reserve is at least 4 GB, but no more than half of a small budget', () => {
  expect(accountOf(none, { totalBytes: 16 * GB, usedBytes: 0 }, 0).reserveBytes).toBe(4 * GB);
  expect(accountOf({ budgetBytes: 2 * GB, reserveBytes: null }, sample, 0).reserveBytes).toBe(1 * GB);
});

test('memory that mapped files seem to leave free is still counted for their models', () => {
  expect(accountOf(none, { ...sample, usedBytes: 6 * GB }, 40 * GB).usedBytes).toBe(40 * GB);
});

test('an unknown budget is unknown, and not 0', () => {
  expect(accountOf(none, null, 5 * GB)).toMatchObject({
    budgetBytes: null,
    freeBytes: null,
    usedBytes: 5 * GB,
  });
});

test('the rise of the available memory raises an estimate but never lowers it', () => {
  const seen = { reportedBytes: null, source: 'meminfo' as const, startedHere: true, estimateBytes: 10 * GB };
  expect(measuredBytes({ ...seen, riseBytes: 3 * GB })).toBeNull();
  expect(measuredBytes({ ...seen, riseBytes: 12 * GB })).toBe(12 * GB);
  expect(measuredBytes({ ...seen, riseBytes: 3 * GB, source: 'amdgpu' })).toBe(3 * GB);
  expect(measuredBytes({ ...seen, riseBytes: 12 * GB, startedHere: false })).toBeNull();
  expect(measuredBytes({ ...seen, riseBytes: 12 * GB, reportedBytes: 9 * GB })).toBe(9 * GB);
});

test('a measured footprint counts more than an estimate, for the settings that it was measured with', () => {
  const footprints = new Footprints([], () => 10 * GB);
  const full = { contextLength: 32_768, quantizedCache: false };
  footprints.learn({ target: 'e/a', ...full, bytes: 7 * GB, loadMs: 4_000, atMs: 1 });
  footprints.learn({ target: 'e/a', ...full, bytes: null, loadMs: 5_000, atMs: 2 });
  expect(footprints.need('e/a', full)).toBe(7 * GB);
  expect(footprints.need('e/a', { ...full, contextLength: 4_096 })).toBe(10 * GB);
  expect(footprints.loadMs('e/a')).toBe(5_000);
});
