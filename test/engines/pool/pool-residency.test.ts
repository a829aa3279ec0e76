import { expect, test } from 'vitest';

import { flush, PoolHarness } from './pool-harness.ts';

const SIZES = { 'e/a': 60, 'e/b': 60 };

/** A pool whose model `e/a` took so long to load, and is not in memory. */
async function loadedOnce(ms: number): Promise<PoolHarness> {
  const harness = await new PoolHarness(SIZES).start();
  const load = harness.pool.load('e/a', false);
  await harness.pass(ms);
  await harness.answerAll();
  await load.result;
  const unload = harness.pool.unload('e/a', false);
  await harness.answerAll();
  await unload.result;
  return harness;
}

test('plans get the seconds that the size of a model suggests, and once it was loaded those of its load', async () => {
  const harness = await new PoolHarness(SIZES).start();
  const { residency } = harness.pool;
  expect(residency.read().get('e/a')).toEqual({ resident: false, loadMs: 35_000, startsServer: false });
  void harness.acquire('e/a');
  await flush();
  await harness.pass(9_500);
  await harness.answerAll();
  expect(residency.read().get('e/a')).toEqual({ resident: true, loadMs: 9_500, startsServer: false });
});

test('plans get the same map while nothing is loaded or unloaded, whatever requests do', async () => {
  const harness = await new PoolHarness(SIZES).start();
  const { residency } = harness.pool;
  const unloaded = residency.read();
  void harness.acquire('e/a');
  await flush();
  expect(residency.read()).toBe(unloaded);
  await harness.answerAll();
  const loaded = residency.read();
  expect(loaded).not.toBe(unloaded);
  const lease = await harness.lease('e/a');
  lease.release();
  await harness.pass(60_000);
  expect(residency.read()).toBe(loaded);
  expect(unloaded.get('e/a')?.resident).toBe(false);
});

test('a model that has to go for another is not in memory for plans, although its requests have not ended', async () => {
  const harness = await new PoolHarness(SIZES, { minResidencyMs: 0, batch: 1 }).start();
  const { residency } = harness.pool;
  const lease = await harness.lease('e/a');
  const order = harness.pool.load('e/b', false);
  await flush();
  expect(residency.read().get('e/a')?.resident).toBe(false);
  expect(residency.loadState('e/a').leaving).toBe(true);
  lease.release();
  await harness.answerAll();
  expect((await order.result).kind).toBe('done');
  expect(residency.read().get('e/b')?.resident).toBe(true);
});

test('plans see how far a load is, what is left of it, and how many requests wait', async () => {
  const harness = await loadedOnce(35_000);
  const { residency } = harness.pool;
  expect(residency.loadState('e/a')).toEqual({
    leaving: false,
    waiting: 0,
    progress: null,
    remainingMs: null,
  });
  void harness.acquire('e/a');
  void harness.acquire('e/a');
  await flush();
  await harness.pass(5_000);
  harness.engine.calls[0]?.progress(0.5);
  expect(residency.loadState('e/a')).toMatchObject({ waiting: 2, remainingMs: 30_000 });
  expect(residency.loadState('e/a').progress).toBeGreaterThan(0);
});

test('plans do not see what is left of a load that was never timed, or takes longer than the last one', async () => {
  const first = await new PoolHarness(SIZES).start();
  void first.acquire('e/a');
  await flush();
  await first.pass(12_000);
  expect(first.pool.residency.loadState('e/a')).toMatchObject({ waiting: 1, remainingMs: null });
  const second = await loadedOnce(10_000);
  void second.acquire('e/a');
  await flush();
  await second.pass(12_000);
  expect(second.pool.residency.loadState('e/a')).toMatchObject({ waiting: 1, remainingMs: null });
});

test('a model that fits next to the others is expected after its own load alone', async () => {
  const harness = await new PoolHarness({ 'e/a': 60, 'e/b': 10 }).start();
  (await harness.lease('e/a')).release();
  const answer = await harness.acquire('e/b', { wait: false, demand: 'none' });
  expect(answer).toMatchObject({ kind: 'loading', retryAfterS: 10 });
});
