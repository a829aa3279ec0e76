import { expect, test } from 'vitest';

import { EngineError } from '../../../src/engines/driver.ts';
import { endOf, flush, PoolHarness } from './pool-harness.ts';

const SIZES = { 'e/a': 60, 'e/b': 60, 'e/small': 10 };

test('the first request for a model loads it, sees the progress and gets a lease', async () => {
  const harness = await new PoolHarness(SIZES).start();
  const waiting = harness.acquire('e/a');
  const seen: (number | null)[] = [];
  const look = (): number => seen.push(harness.pool.residency.wait('e/a').progress);
  await flush();
  look();
  const [load] = harness.engine.calls;
  expect(load).toMatchObject({ verb: 'load', modelId: 'a' });
  load!.progress(0.5);
  look();
  load!.progress(0.2);
  look();
  await harness.answerAll();
  expect(endOf(await waiting)).toBe('lease');
  expect(seen).toEqual([0.25, 0.6, 0.6]);
  expect(harness.pool.residency.wait('e/a')).toMatchObject({ progress: null, delay: null });
  expect(harness.news.map(({ state }) => state)).toEqual([
    'settling',
    'loading',
    'loading',
    'probing',
    'ready',
  ]);
  expect(harness.pool.view()).toMatchObject({
    state: 'ready',
    source: 'configured',
    budget_bytes: 100e9,
    used_bytes: 60e9,
    free_bytes: 40e9,
    resident: [{ model: 'e/a', in_flight: 1 }],
  });
});

test('without waiting, a model that is not loaded is reported with the time its last load took less what has passed', async () => {
  const harness = await new PoolHarness(SIZES).start();
  const first = harness.acquire('e/a', { wait: false });
  expect(first).toMatchObject({ kind: 'loading' });
  await flush();
  await harness.pass(9_500);
  await harness.answerAll();
  expect(harness.stored).toMatchObject([{ target: 'e/a', loadMs: 9_500 }]);
  (await harness.lease('e/a', { wait: false })).release();
  const unload = harness.pool.unload('e/a', true);
  await harness.answerAll();
  expect(await unload.result).toMatchObject({ kind: 'done', state: 'unloaded' });
  await harness.acquire('e/a', { wait: false });
  await harness.pass(4_000);
  expect(await harness.acquire('e/a', { wait: false })).toMatchObject({ kind: 'loading', retryAfterS: 6 });
  await harness.pass(7_000);
  expect(await harness.acquire('e/a', { wait: false })).toMatchObject({ kind: 'loading', retryAfterS: 1 });
});

test('a request of a resident model is finished before the model is unloaded for another', async () => {
  const harness = await new PoolHarness(SIZES, { minResidencyMs: 0, batch: 1 }).start();
  const lease = await harness.lease('e/a');
  const waiting = harness.acquire('e/b');
  await harness.pass(5_000);
  expect(harness.engine.calls).toEqual([]);
  lease.release();
  lease.release();
  await flush();
  await harness.pass(40_000);
  expect(harness.engine.calls.map(({ verb, modelId }) => `${verb} ${modelId}`)).toEqual(['unload a']);
  await harness.answerAll();
  expect(endOf(await waiting)).toBe('lease');
  expect(harness.pool.view().resident.map(({ model }) => model)).toEqual(['e/b']);
});

test('a request that is cancelled leaves at once, and the switch for it with it', async () => {
  const harness = await new PoolHarness(SIZES, { minResidencyMs: 0 }).start();
  await harness.lease('e/a');
  const controller = new AbortController();
  const call = harness.pool.load('e/b', false);
  expect(call.switchId).not.toBeNull();
  const waiting = harness.acquire('e/b', { signal: controller.signal });
  controller.abort();
  expect(endOf(await waiting)).toBe('cancelled');
  expect(endOf(await harness.acquire('e/b', { signal: controller.signal }))).toBe('cancelled');
});

test('a load that fails brings the previous model back and says why', async () => {
  const harness = await new PoolHarness(SIZES, { minResidencyMs: 0 }).start();
  (await harness.lease('e/a')).release();
  await harness.pass(20_000);
  const waiting = harness.acquire('e/b');
  await flush();
  harness.engine.calls.shift()!.done();
  await flush();
  harness.engine.calls.shift()!.fail(new EngineError('failed', 'e/b: its file is broken', 1));
  await flush();
  expect(harness.engine.calls).toMatchObject([{ verb: 'load', modelId: 'a' }]);
  await harness.answerAll();
  expect(await waiting).toMatchObject({
    kind: 'refused',
    reason: 'load_failed',
    message: 'e/b: its file is broken',
  });
  expect(harness.pool.view()).toMatchObject({ state: 'failed', error: 'e/b: its file is broken' });
  expect(endOf(await harness.acquire('e/a'))).toBe('lease');
  expect(await harness.acquire('e/b')).toMatchObject({ kind: 'refused', reason: 'load_failed' });
  expect(harness.warnings.join('\n')).toContain('its file is broken');
});

test('an engine that shows no sign of life while it loads is given up', async () => {
  const harness = await new PoolHarness(SIZES).start();
  const call = harness.pool.load('e/a', false);
  await harness.pass(70_000);
  expect(await call.result).toMatchObject({ kind: 'failed', failure: { kind: 'stalled' } });
});

test('an operator cuts running requests only by force', async () => {
  const harness = await new PoolHarness(SIZES).start();
  let cut = 0;
  const lease = await harness.lease('e/a', { onRevoke: () => (cut += 1) });
  const gentle = harness.pool.unload('e/a', false);
  expect(await harness.pool.load('e/b', false).result).toMatchObject({ kind: 'switch_in_progress' });
  await harness.pass(61_000);
  expect(await gentle.result).toMatchObject({ kind: 'in_use' });
  expect(cut).toBe(0);
  const hard = harness.pool.load('e/b', true);
  expect(cut).toBe(1);
  lease.release();
  await harness.answerAll();
  expect(await hard.result).toMatchObject({ kind: 'done', state: 'loaded' });
  expect(await harness.pool.load('e/b', false).result).toMatchObject({ kind: 'done', loadMs: null });
  expect(harness.engine.calls).toEqual([]);
});

test('what an engine already holds is used, and what it has lost is loaded again', async () => {
  const harness = new PoolHarness(SIZES);
  harness.engine.held.add('a');
  const waiting = harness.acquire('e/a');
  await harness.start();
  expect(endOf(await waiting)).toBe('lease');
  harness.engine.held.clear();
  harness.pool.noteFailure('e/a', 'not_loaded');
  await flush();
  expect(harness.acquire('e/a', { wait: false })).toMatchObject({ kind: 'loading' });
  await flush();
  expect(harness.engine.calls).toMatchObject([{ verb: 'load', modelId: 'a' }]);
});

test('memory that does not come back is reported, and nothing is loaded in its place', async () => {
  const harness = new PoolHarness(SIZES, { minResidencyMs: 0 });
  const used = (gb: number): void => {
    const memory = { totalBytes: 128e9, usedBytes: gb * 1e9 };
    harness.reading = { ...harness.reading, memory, source: 'amdgpu' };
  };
  used(5);
  await harness.start();
  const first = harness.acquire('e/a');
  await flush();
  used(65);
  await harness.answerAll();
  const admission = await first;
  if (admission.kind === 'lease') admission.lease.release();
  await harness.pass(20_000);
  const waiting = harness.acquire('e/b');
  await flush();
  harness.engine.calls.shift()!.done();
  await harness.pass(31_000);
  expect(harness.engine.calls).toEqual([]);
  expect(await waiting).toMatchObject({ kind: 'refused', reason: 'load_failed' });
  expect(harness.warnings.join('\n')).toContain('was not released');
  expect(harness.pool.view()).toMatchObject({ used_bytes: 60e9 });
  used(5);
  await harness.pass(35_000);
  expect(harness.pool.view()).toMatchObject({ used_bytes: 0 });
});

test('a shutdown ends every wait and every call', async () => {
  const harness = await new PoolHarness(SIZES).start();
  const waiting = harness.acquire('e/a');
  await flush();
  const [load] = harness.engine.calls;
  harness.pool.close();
  expect(endOf(await waiting)).toBe('draining');
  expect(load!.signal.aborted).toBe(true);
  expect(await harness.acquire('e/a')).toMatchObject({ kind: 'refused', reason: 'draining' });
});
