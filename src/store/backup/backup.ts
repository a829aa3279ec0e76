import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { copyPath, removePartialCopies, removeOldCopies } from './copies.ts';
import type { Database } from '../files/database.ts';
import { replaceFile, syncFile } from '../../util/durable.ts';
import { inspect } from '../files/inspect.ts';
import type { Migration } from '../files/migrations.ts';

/**
 * Pages copied in one step, 4 MiB, and the pause after each step, in milliseconds. With these, a switch waited 30 ms at
 * most while 200 MB were copied in 1.4 s; without pauses, or with VACUUM INTO, 60 to 110 ms, because its sync queued
 * after that of the whole copy.
 */
const PAGES_AT_ONCE = 1_000;
const PAUSE_MS = 20;

/** What a copy is made of and for. */
export interface CopyPurpose {
  /** The state directory. */
  readonly directory: string;
  /** ISO 8601, for its name. */
  readonly at: string;
  /** The number of the migration that it precedes; null for a daily copy. */
  readonly beforeMigration: number | null;
  readonly migrations: readonly Migration[];
}

/**
 * Copies a database while others write it, as of one point in time, checks the copy and gives it its final name. It
 * reads in one transaction: writers never wait for it, and writes do not restart it. Blocks its own thread for some
 * milliseconds at a time. Throws SQLite's or the system's error, a StoreFault when the copy is damaged, or an error
 * once `isCancelled` returns true; then nothing of the copy is left. Returns its path.
 */
export async function copyLive(
  database: Database,
  purpose: CopyPurpose,
  isCancelled: () => boolean = () => false,
): Promise<string> {
  const throwIfCancelled = (): void => {
    if (isCancelled()) throw new Error('the copy was cancelled');
  };
  throwIfCancelled();
  const { path, temporary } = begin(purpose);
  try {
    const descriptor = openSync(temporary, 'a');
    const pause = new Int32Array(new SharedArrayBuffer(4));
    database.exec('BEGIN');
    try {
      database.pragma('user_version'); // the first read fixes the snapshot
      await database.backup(temporary, {
        progress: () => {
          throwIfCancelled();
          fsyncSync(descriptor);
          Atomics.wait(pause, 0, 0, PAUSE_MS);
          return PAGES_AT_ONCE;
        },
      });
    } finally {
      database.exec('COMMIT');
      closeSync(descriptor);
    }
    throwIfCancelled();
    finish(temporary, path, purpose);
  } catch (error) {
    removePartialCopies(purpose.directory);
    throw error;
  }
  return path;
}

/** The same in one step, for a database without a writer; blocks until it is done. */
export function copyNow(database: Database, purpose: CopyPurpose): string {
  const { path, temporary } = begin(purpose);
  try {
    copyWhole(database, temporary);
    finish(temporary, path, purpose);
  } catch (error) {
    removePartialCopies(purpose.directory);
    throw error;
  }
  return path;
}

/** Writes a whole database, including its write-ahead log, to a new file with mode 0600. */
export function copyWhole(database: Database, path: string): void {
  createPrivateFile(path);
  database.prepare<[string]>('VACUUM INTO ?').run(path);
}

/** Checks a file that was just written and syncs it. Throws a StoreFault when it is damaged. */
export function verifyWritten(path: string, migrations: readonly Migration[]): void {
  inspect(path, `${path}.check`, migrations, () => undefined, 'whole');
  syncFile(path);
}

function begin({ directory, at, beforeMigration }: CopyPurpose): { path: string; temporary: string } {
  const path = copyPath(directory, at, beforeMigration);
  removePartialCopies(directory);
  const temporary = `${path}.new`;
  createPrivateFile(temporary);
  return { path, temporary };
}

function finish(temporary: string, path: string, { directory, migrations }: CopyPurpose): void {
  verifyWritten(temporary, migrations);
  replaceFile(temporary, path);
  removeOldCopies(directory);
}

/** SQLite takes an empty file for a new database and keeps its mode. */
function createPrivateFile(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, 'wx', 0o600));
}
