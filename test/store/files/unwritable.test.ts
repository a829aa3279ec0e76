import { chmodSync, cpSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EMPTY_STATE } from '../../../src/store/files/unwritable.ts';
import { StoreUnavailable } from '../../../src/store/store.ts';
import {
  AT,
  configuration,
  filesIn,
  ledgerRow,
  rowId,
  numberedSwitch,
  openForTest,
  page,
  readableLog,
  startChild,
  temporaryFolder,
} from '../harness.ts';

/** A read-only state directory with one switch, which is only in the write-ahead log. */
async function readOnlyDirectory(damage: (path: string) => void = () => undefined): Promise<string> {
  const source = temporaryFolder();
  const store = await openForTest(source);
  await store.assign(numberedSwitch(1));
  const directory = temporaryFolder();
  cpSync(source, directory, { recursive: true });
  await store.close();
  damage(join(directory, 'laneway.db'));
  for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o444);
  chmodSync(directory, 0o555);
  return directory;
}

it('if the directory cannot be created, the store rejects changes, with one warning', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  const log = readableLog();
  const store = await openForTest(join(file, 'data'), log);
  expect(await store.load()).toEqual(EMPTY_STATE);
  store.record(ledgerRow(rowId(1)));
  for (const call of [
    store.assign(numberedSwitch(1)),
    store.resetAssignments({ actor: 'local', at: '', labels: {} }),
    store.noteConfiguration(configuration('one', '')),
    store.expireAssignments({ at: '', labels: {} }),
    store.lastStep({ user: null, subject: 'evaluate' }, null),
    store.listAudit({ limit: 1, before: null, subject: null }),
    store.usage({ groupBy: 'node', from: AT, to: AT }),
    store.attemptTotals({ from: AT, to: AT }),
    store.listRequests(page(1, null)),
    store.getRequest(rowId(1)),
  ]) {
    await expect(call).rejects.toBeInstanceOf(StoreUnavailable);
  }
  expect(store.status()).toMatchObject({
    available: false,
    why: expect.stringContaining('ENOTDIR') as unknown,
  });
  await store.close();
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { directory: join(file, 'data') } }]);
});

it.skipIf(process.platform === 'win32')(
  'overrides are read from a directory that cannot be written, and changes are rejected',
  async () => {
    const directory = await readOnlyDirectory();
    const before = filesIn(directory);
    const child = startChild('reading', directory);
    await child.until(
      'warn the state directory cannot be used; serving without state until the gateway is restarted with a writable one',
    );
    await child.until('open');
    expect(await child.line()).toBe('1 groq/model-1');
    expect(await child.line()).toBe('unavailable');
    expect(await child.exitCode()).toBe(0);
    expect(filesIn(directory)).toEqual(before);
  },
);

it.skipIf(process.platform === 'win32')(
  'a damaged state file is refused in a directory that cannot be written',
  async () => {
    const directory = await readOnlyDirectory((path) => truncateSync(path, 0));
    const child = startChild('reading', directory);
    await child.until('starting');
    expect(await child.line()).toMatch(/^refused .* is empty \(0 bytes\)/);
    expect(await child.exitCode()).toBe(3);
  },
);
