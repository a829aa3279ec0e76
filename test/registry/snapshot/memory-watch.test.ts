import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { MemoryWatch } from '../../../src/registry/snapshot/memory-watch.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function watch(needed: { is: boolean }): {
  readonly memory: MemoryWatch;
  readonly read: () => number;
  readonly seen: (number | null)[];
} {
  let reads = 0;
  const seen: (number | null)[] = [];
  const memory = new MemoryWatch({
    read: () => Promise.resolve((reads += 1)),
    isNeeded: () => needed.is,
    report: (freeGb) => seen.push(freeGb),
  });
  return { memory, read: () => reads, seen };
}

test('the free memory is read at the start and every few seconds, and no more after the stop', async () => {
  const { memory, seen } = watch({ is: true });
  await memory.start();
  expect(seen).toEqual([1]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(seen).toEqual([1, 2]);
  memory.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toEqual([1, 2]);
});

test('it is not read while no model says what it needs', async () => {
  const needed = { is: false };
  const { memory, read, seen } = watch(needed);
  await memory.start();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(read()).toBe(0);
  needed.is = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(seen).toEqual([1]);
  memory.stop();
});
