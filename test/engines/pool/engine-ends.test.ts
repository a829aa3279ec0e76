import { expect, test } from 'vitest';

import { EngineError } from '../../../src/engines/driver.ts';
import { POOL_DEFAULTS } from '../../../src/engines/pool/settings.ts';
import { flush, PoolHarness } from './pool-harness.ts';

// An engine that ends since its settings have changed, or its provider has left, in the middle of a switch.

test('who waits for a model whose load ends with its engine waits for the next one, and gets it', async () => {
  const harness = await new PoolHarness({ 'e/a': 10 }).start();
  const waiting = harness.acquire('e/a');
  await flush();
  harness.engine.calls.shift()?.fail(new EngineError('aborted', 'Model a was given up'));
  await harness.pass(2_000);
  await harness.answerAll();
  expect((await waiting).kind).toBe('lease');
});

test("an operator's unload of a model that leaves the pool meanwhile is not said to be done", async () => {
  const harness = await new PoolHarness({ 'e/a': 10 }).start();
  await harness.lease('e/a');
  const { result } = harness.pool.unload('e/a', false);
  harness.pool.configure({ ...POOL_DEFAULTS, budgetBytes: 100e9 }, [], []);
  await harness.answerAll();
  expect(await result).toMatchObject({
    kind: 'failed',
    failure: { message: 'the provider of e/a was changed, disabled or removed' },
  });
});
