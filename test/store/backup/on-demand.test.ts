import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listCopies } from '../../../src/store/backup/copies.ts';
import { StoreUnavailable } from '../../../src/store/store.ts';
import { numberedSwitch, temporaryFolder } from '../harness.ts';
import { openWith, valueIn } from '../maintenance.ts';

it('a backup on demand is an intact copy with the last switch; two at once both succeed', async () => {
  const directory = temporaryFolder();
  let now = Date.parse('2026-03-04T05:06:07Z');
  const store = await openWith({ directory, now: () => (now += 1_000) });
  await store.assign(numberedSwitch(7));
  const copies = await Promise.all([store.backUp(), store.backUp()]);
  expect(new Set(copies.map(({ path }) => path)).size).toBe(2);
  expect(listCopies(directory)).toHaveLength(2);
  for (const { path, bytes } of copies) {
    expect(bytes).toBeGreaterThan(0);
    expect(valueIn(path, 'SELECT model FROM node_overrides')).toBe('groq/model-7');
  }
});

it('a backup on demand that fails names the reason, and leaves nothing', async () => {
  const directory = temporaryFolder();
  const store = await openWith({ directory });
  writeFileSync(join(directory, 'backups'), 'in the way');
  await expect(store.backUp()).rejects.toThrow(StoreUnavailable);
  await expect(store.backUp()).rejects.toThrow(/no backup was made: .*backups/);
});
