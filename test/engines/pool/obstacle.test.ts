import { expect, test } from 'vitest';

import { flush, PoolHarness } from './pool-harness.ts';

// A model that its engine can never load must cost the others nothing: a client could have them unloaded by its name.

async function withOneLoaded(): Promise<PoolHarness> {
  const harness = await new PoolHarness({ 'e/a': 60, 'e/odd': 60 }, { minResidencyMs: 0 }).start();
  (await harness.lease('e/a')).release();
  await harness.pass(60_000);
  return harness;
}

test('a request for it is refused with the reason, and nothing is unloaded', async () => {
  const harness = await withOneLoaded();
  for (const wait of [true, false])
    expect(await harness.acquire('e/odd', { wait })).toEqual({
      kind: 'refused',
      ...{ reason: 'load_failed', message: 'its name has brackets', retryAfterMs: null },
    });
  await harness.pass(200_000);
  expect(harness.engine.calls).toEqual([]);
});

test('so is the load of an operator, forced or not', async () => {
  const harness = await withOneLoaded();
  for (const force of [false, true])
    expect(await harness.pool.load('e/odd', force).result).toEqual({
      kind: 'refused',
      ...{ reason: 'unloadable', message: 'e/odd cannot be loaded: its name has brackets' },
    });
  await flush();
  expect(harness.engine.calls).toEqual([]);
});
