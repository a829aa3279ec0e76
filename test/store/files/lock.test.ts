import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { StoreFault } from '../../../src/store/files/fault.ts';
import { openStore } from '../../../src/store/open.ts';
import {
  filesIn,
  numberedSwitch,
  openForTest,
  readableLog,
  startChild,
  temporaryFolder,
} from '../harness.ts';

async function faultOf(directory: string): Promise<StoreFault> {
  const error: unknown = await openStore({ directory, log: readableLog() }).catch(
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreFault)) throw new Error(`expected a StoreFault, got ${String(error)}`);
  return error;
}

it('a second gateway on the same state directory is refused with exit 4, and starts after kill -9 of the first', async () => {
  const directory = temporaryFolder();
  const first = startChild('holding', directory);
  await first.until('open');
  const before = filesIn(directory);

  const second = startChild('idle', directory);
  await second.until('starting');
  expect(await second.line()).toMatch(/^refused .* is in use by another gateway .*LANEWAY_DATA_DIR/);
  expect(await second.exitCode()).toBe(4);
  expect((await faultOf(directory)).exitCode).toBe(4);
  expect(filesIn(directory)).toEqual(before);

  await first.kill();
  await openForTest(directory);
});

it('a second store in the same process is refused until the first is closed', async () => {
  const directory = temporaryFolder();
  const first = await openForTest(directory);
  expect((await faultOf(directory)).exitCode).toBe(4);
  await first.close();
  await openForTest(directory);
});

it('an invalid lock file is refused with the advice to delete it', async () => {
  const directory = temporaryFolder();
  const lock = join(directory, 'lock.db');
  writeFileSync(lock, 'not a database '.repeat(100));
  const fault = await faultOf(directory);
  expect(fault.exitCode).toBe(3);
  expect(fault.message).toContain(`${lock} is not a lock file: delete it (it contains no data)`);
  expect(readFileSync(lock, 'utf8')).toBe('not a database '.repeat(100));
});

it('a switch waits for a shell that locks the database, without blocking this thread, and then succeeds', async () => {
  const directory = temporaryFolder();
  const store = await openForTest(directory);
  const shell = new Sqlite(join(directory, 'laneway.db'));
  onTestFinished(() => void shell.close());
  shell.exec('BEGIN IMMEDIATE');
  let done = false;
  const switched = store.assign(numberedSwitch(1)).finally(() => (done = true));
  await sleep(300);
  expect(done).toBe(false);
  shell.exec('COMMIT');
  expect(await switched).toEqual({ generation: 1 });
});
