import { expect, test } from 'vitest';

import { EngineError } from '../../../src/engines/driver.ts';
import { flush, PoolHarness } from './pool-harness.ts';

// An operator reads at night what was loaded and unloaded, and why.

const SIZES = { 'e/a': 60, 'e/b': 60, 'e/c': 30 };
const start = (): Promise<PoolHarness> => new PoolHarness(SIZES, { minResidencyMs: 0 }).start();

/** `e/a` has been unloaded for the load of `e/b`, which begins. */
async function withRoomMade(): Promise<PoolHarness> {
  const harness = await start();
  (await harness.lease('e/a')).release();
  await harness.pass(20_000);
  harness.pool.load('e/b', false);
  await flush();
  harness.engine.calls.shift()!.done();
  return harness;
}

test('each load and unload has a line that says for whom it was, and what had to go', async () => {
  const harness = await start();
  (await harness.lease('e/a')).release();
  await harness.pass(20_000);
  harness.pool.load('e/b', false);
  await harness.answerAll();
  harness.pool.unload('e/b', false);
  await harness.answerAll();
  expect(harness.reports).toEqual([
    'pool local: e/a was loaded in 0.0 s for requests',
    'pool local: e/b was loaded in 0.0 s by an operator; e/a was unloaded to make room',
    'pool local: e/b was unloaded by an operator',
  ]);
  expect(harness.warnings).toEqual([]);
});

test('a failed load names the models that are back', async () => {
  const harness = await withRoomMade();
  await flush();
  harness.engine.calls.shift()!.fail(new EngineError('failed', 'e/b: its file is broken', 1));
  await harness.answerAll();
  expect(harness.warnings).toEqual(['pool local: e/b: its file is broken; e/a was loaded again']);
});

test('a failed load names the models that are not', async () => {
  const harness = await withRoomMade();
  for (const message of ['e/b: its file is broken', 'e/a: its file is gone']) {
    await flush();
    harness.engine.calls.shift()!.fail(new EngineError('failed', message, 1));
  }
  await harness.answerAll();
  expect(harness.warnings).toEqual(['pool local: e/b: its file is broken; e/a was unloaded to make room']);
});

test('a load that requests in flight hold up is said to be postponed, with the time that they had', async () => {
  const harness = await start();
  await harness.lease('e/a');
  harness.pool.load('e/b', false);
  await harness.pass(61_000);
  expect(harness.warnings).toEqual([
    'pool local: e/b was not loaded: requests of e/a did not end within 60 s',
  ]);
});

test('a load that nobody waits for any more is no warning', async () => {
  const harness = await start();
  await harness.lease('e/a');
  const left = new AbortController();
  const waiting = harness.acquire('e/b', { signal: left.signal });
  await harness.pass(121_000 - 5_000);
  left.abort();
  await waiting;
  await harness.pass(1_000);
  expect(harness.warnings).toEqual([]);
});

test('a model that goes by itself has a line', async () => {
  const harness = await start();
  (await harness.lease('e/a')).release();
  harness.engine.held.delete('a');
  await harness.pass(20_000);
  expect(harness.reports.at(-1)).toBe(
    'pool local: e/a is no longer in memory: its engine has unloaded it, or has ended',
  );
});

test('a model whose server has failed has a warning with the reason', async () => {
  const harness = await start();
  (await harness.lease('e/a')).release();
  harness.engine.failed.set('a', 'its server ended with exit code 1');
  await harness.pass(20_000);
  expect(harness.warnings).toEqual([
    'pool local: e/a is no longer in memory: its server ended with exit code 1',
  ]);
});

test('a switch that begins with requests in flight says so from its first step on', async () => {
  const harness = await start();
  const lease = await harness.lease('e/a');
  harness.pool.load('e/b', false);
  expect(harness.news.at(-1)).toMatchObject({ state: 'draining', from: 'e/a', to: 'e/b', progress: 0 });
  lease.release();
});
