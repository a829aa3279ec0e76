import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { StoreUnavailable } from '../../../src/store/store.ts';
import { ledgerRow, numberedSwitch, openForTest, rowId, temporaryFolder } from '../harness.ts';

test('while the state file is gone no change is reported as stored, and it is used again when it is put back', async () => {
  const directory = join(temporaryFolder(), 'data');
  const store = await openForTest(directory);
  await store.assign(numberedSwitch(1));
  const moved = `${directory}-moved`;
  renameSync(directory, moved);
  const refused = await store.assign(numberedSwitch(2)).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreUnavailable);
  expect((refused as Error).message).toContain('laneway.db has been removed');
  store.record(ledgerRow(rowId(1)));
  await expect.poll(() => store.status().why).toContain('has been removed');
  mkdirSync(directory);
  await expect(store.assign(numberedSwitch(2))).rejects.toBeInstanceOf(StoreUnavailable);
  renameSync(moved, directory);
  expect(await store.assign(numberedSwitch(2))).toEqual({ generation: 2 });
  await expect.poll(() => store.status().available, { timeout: 10_000 }).toBe(true);
});
