import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { copyPath, removeHalfCopies, removeOldCopies } from './copies.ts';
import type { Database } from '../files/database.ts';
import { replaceFile, syncFile } from '../files/durable.ts';
import { inspect } from '../files/inspect.ts';
import type { Migration } from '../files/migrations.ts';

/**
 * Pages that are copied at once, 4 MiB, and how long the disk is left to others after them. So the longest wait of a
 * switch beside the copying of 200 MB was 30 ms; without the pauses, or by VACUUM INTO, it was 60 to 110 ms, because
 * its own sync stood behind that of the whole copy. 200 MB take 1.4 s.
 */
const PAGES_AT_ONCE = 1_000;
const PAUSE_MS = 20;

/** What a copy is made for. */
export interface CopyPurpose {
  /** The state directory. */
  readonly directory: string;
  /** ISO 8601, for its name. */
  readonly at: string;
  /** The number of the migration that waits for it; null for a daily one. */
  readonly beforeMigration: number | null;
  readonly migrations: readonly Migration[];
}

/**
 * Copies a database that others write meanwhile, as it was at one moment, checks the copy and gives it its name.
 * Writers never wait for it, and it never starts again because of them: it reads in one transaction. Blocks its own
 * thread for some milliseconds at a time. Throws SQLite's or the system's error, a StoreFault when the copy is not
 * sound, or an error once `isGivenUp` says so; then nothing is left of it. Returns its path.
 */
export async function copyBeside(
  database: Database,
  purpose: CopyPurpose,
  isGivenUp: () => boolean = () => false,
): Promise<string> {
  const goOn = (): void => {
    if (isGivenUp()) throw new Error('the copy was given up');
  };
  goOn();
  const { path, temporary } = begin(purpose);
  try {
    const descriptor = openSync(temporary, 'a');
    const pause = new Int32Array(new SharedArrayBuffer(4));
    database.exec('BEGIN');
    try {
      database.pragma('user_version'); // the first read is what the snapshot is taken at
      await database.backup(temporary, {
        progress: () => {
          goOn();
          fsyncSync(descriptor);
          Atomics.wait(pause, 0, 0, PAUSE_MS);
          return PAGES_AT_ONCE;
        },
      });
    } finally {
      database.exec('COMMIT');
      closeSync(descriptor);
    }
    goOn();
    finish(temporary, path, purpose);
  } catch (error) {
    removeHalfCopies(purpose.directory);
    throw error;
  }
  return path;
}

/** The same at once, for a database that nobody writes; blocks until it is done. */
export function copyNow(database: Database, purpose: CopyPurpose): string {
  const { path, temporary } = begin(purpose);
  try {
    copyWhole(database, temporary);
    finish(temporary, path, purpose);
  } catch (error) {
    removeHalfCopies(purpose.directory);
    throw error;
  }
  return path;
}

/** Writes all of a database, what its log holds included, to one new file, mode 0600. */
export function copyWhole(database: Database, path: string): void {
  makePrivate(path);
  database.prepare<[string]>('VACUUM INTO ?').run(path);
}

/** Throws a StoreFault when a file that was just written is not whole; syncs it when it is. */
export function verifyWritten(path: string, migrations: readonly Migration[]): void {
  inspect(path, `${path}.check`, migrations, () => undefined, 'whole');
  syncFile(path);
}

function begin({ directory, at, beforeMigration }: CopyPurpose): { path: string; temporary: string } {
  const path = copyPath(directory, at, beforeMigration);
  removeHalfCopies(directory);
  const temporary = `${path}.new`;
  makePrivate(temporary);
  return { path, temporary };
}

function finish(temporary: string, path: string, { directory, migrations }: CopyPurpose): void {
  verifyWritten(temporary, migrations);
  replaceFile(temporary, path);
  removeOldCopies(directory);
}

/** SQLite takes an empty file for a new database, and leaves its mode as it is. */
function makePrivate(path: string): void {
  rmSync(path, { force: true });
  closeSync(openSync(path, 'wx', 0o600));
}
