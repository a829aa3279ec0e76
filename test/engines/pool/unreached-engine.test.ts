import { expect, test } from 'vitest';

import { EngineError } from '../../../src/engines/driver.ts';
import { flush, PoolHarness } from './pool-harness.ts';

// A router that has ended and is back after some seconds: which of the models of a lane is loaded then?

const SIZES = { 'e/a': 60, 'e/b': 60 };
const GONE = 'a: the server cannot be reached';

/** A request for `e/a` has found its engine gone. `sign`: the load had begun. */
async function setUp({ sign = false } = {}): Promise<PoolHarness> {
  const harness = await new PoolHarness(SIZES, { minResidencyMs: 0 }).start();
  const waiting = harness.acquire('e/a');
  await flush();
  await harness.pass(100);
  if (sign) harness.engine.calls[0]?.progress(null);
  harness.engine.state = 'unreachable';
  harness.engine.calls.shift()!.fail(new EngineError('unreachable', GONE));
  expect(await waiting).toMatchObject({ kind: 'refused', reason: 'load_failed', message: GONE });
  return harness;
}

test('while an engine is not reached, none of its models is loaded', async () => {
  const harness = await setUp();
  for (const target of ['e/a', 'e/b'])
    expect(await harness.acquire(target)).toMatchObject({
      kind: 'refused',
      reason: 'load_failed',
      message: GONE,
    });
  expect(harness.engine.calls).toEqual([]);
});

test('once it answers, the model that is wanted first can be loaded at once', async () => {
  const harness = await setUp();
  harness.engine.state = 'running';
  await harness.pool.recheck('e');
  const lease = await harness.lease('e/a');
  expect(harness.pool.view()).toMatchObject({ resident: [{ model: 'e/a' }] });
  lease.release();
});

test('an engine that has ended while it loaded a model does not load it again at once', async () => {
  const harness = await setUp({ sign: true });
  harness.engine.state = 'running';
  await harness.pool.recheck('e');
  expect(await harness.acquire('e/a')).toMatchObject({ kind: 'refused', reason: 'load_failed' });
  (await harness.lease('e/b')).release();
});
