import { expect, test } from 'vitest';

import { EngineError } from '../../../src/engines/driver.ts';
import { flush, PoolHarness } from './pool-harness.ts';

// An operator wants a model that a switch is loading already, for a request or for another operator.

const SIZES = { 'e/a': 60, 'e/b': 60 };
const start = (maxWaitMs = 120_000): Promise<PoolHarness> =>
  new PoolHarness(SIZES, { minResidencyMs: 0, maxWaitMs }).start();

test('a second operator gets the end of the load that runs, and the engine is asked once', async () => {
  const harness = await start();
  const first = harness.pool.load('e/a', false);
  const second = harness.pool.load('e/a', false);
  expect(second.switchId).toBe(first.switchId);
  await flush();
  expect(harness.engine.calls).toMatchObject([{ verb: 'load', modelId: 'a' }]);
  await harness.answerAll();
  const done = { kind: 'done', state: 'loaded', loadMs: expect.any(Number) };
  expect(await Promise.all([first.result, second.result])).toMatchObject([done, done]);
});

test('one that joins the load of a request gets its failure', async () => {
  const harness = await start();
  const waiting = harness.acquire('e/a');
  await flush();
  const joined = harness.pool.load('e/a', false);
  harness.engine.calls.shift()!.fail(new EngineError('failed', 'e/a: its file is broken', 1));
  expect(await joined.result).toMatchObject({
    kind: 'failed',
    failure: { message: 'e/a: its file is broken' },
  });
  expect(await waiting).toMatchObject({ kind: 'refused', reason: 'load_failed' });
});

test('a load that an operator has joined goes on when the request for it is gone', async () => {
  const harness = await start(2_000);
  const lease = await harness.lease('e/b');
  const left = new AbortController();
  const waiting = harness.acquire('e/a', { signal: left.signal });
  await harness.pass(3_000);
  expect(harness.pool.view()).toMatchObject({ state: 'draining', switch: { to: 'e/a', cause: 'request' } });
  const joined = harness.pool.load('e/a', false);
  left.abort();
  expect(await waiting).toMatchObject({ kind: 'refused', reason: 'cancelled' });
  expect(harness.pool.view()).toMatchObject({ switch: { to: 'e/a', cause: 'operator' } });
  lease.release();
  await harness.answerAll();
  expect(await joined.result).toMatchObject({ kind: 'done', state: 'loaded' });
});

test('with force it cuts the requests that the load waits for, and their end is waited for as usual', async () => {
  const harness = await start();
  let cut = 0;
  const lease = await harness.lease('e/b', { onRevoke: () => (cut += 1) });
  const gentle = harness.pool.load('e/a', false);
  await harness.pass(40_000);
  expect(cut).toBe(0);
  const hard = harness.pool.load('e/a', true);
  expect(cut).toBe(1);
  await harness.pass(1_000);
  expect(harness.engine.calls).toEqual([]);
  lease.release();
  await harness.answerAll();
  for (const { result } of [gentle, hard]) expect(await result).toMatchObject({ kind: 'done' });
});

test('a load of another model is refused with the model that is being loaded, and how long that takes still', async () => {
  const harness = await start();
  const first = harness.pool.load('e/a', false);
  expect(await harness.pool.load('e/b', false).result).toEqual({
    ...{ kind: 'switch_in_progress', switchId: first.switchId, target: 'e/a' },
    unloads: [],
    remainingMs: null,
  });
  await flush();
  await harness.pass(8_000);
  await harness.answerAll();
  harness.pool.unload('e/a', false);
  await harness.answerAll();
  void harness.pool.load('e/a', false);
  await flush();
  await harness.pass(3_000);
  expect(await harness.pool.load('e/b', false).result).toMatchObject({ target: 'e/a', remainingMs: 5_000 });
  expect(await harness.pool.unload('e/a', false).result).toMatchObject({ kind: 'switch_in_progress' });
});
