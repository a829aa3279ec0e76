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

it('reliability F27: a second gateway on the same state directory is refused with exit 4, and may start after kill -9', async () => {
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

it('a second store in the same process is refused too, until the first is closed', async () => {
  const directory = temporaryFolder();
  const first = await openForTest(directory);
  expect((await faultOf(directory)).exitCode).toBe(4);
  await first.close();
  await openForTest(directory);
});

it('a lock file that is none is refused, saying that it may go', async () => {
  const directory = temporaryFolder();
  const lock = join(directory, 'lock.db');
  writeFileSync(lock, 'not a database '.repeat(100));
  const fault = await faultOf(directory);
  expect(fault.exitCode).toBe(3);
  expect(fault.message).toContain(`${lock} is not a lock file: delete it (it holds no data)`);
  expect(readFileSync(lock, 'utf8')).toBe('not a database '.repeat(100));
});

it('reliability F27: a switch waits for a shell that holds the database, while this thread goes on, and then succeeds', async () => {
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
