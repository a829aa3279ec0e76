import { expect, test } from 'vitest';

import { flush, PoolHarness } from './pool-harness.ts';

const SIZES = { 'e/a': 40, 'e/b': 40 };

test('a load of a model that is in memory is done at once while another model is being unloaded', async () => {
  const harness = await new PoolHarness(SIZES).start();
  (await harness.lease('e/a')).release();
  const lease = await harness.lease('e/b');
  const unload = harness.pool.unload('e/b', false);
  expect(await harness.pool.load('e/a', false).result).toMatchObject({ kind: 'done', state: 'loaded' });
  expect(await harness.pool.load('e/b', false).result).toMatchObject({ kind: 'switch_in_progress' });
  lease.release();
  await harness.answerAll();
  expect(await unload.result).toMatchObject({ kind: 'done' });
  await flush();
});
