import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyWhole, verifyWritten } from './backup.ts';
import { backupsFolder, fileTime, listCopies } from './copies.ts';
import { linkOrCopy, replaceFile, syncFolder } from '../../util/durable.ts';
import { StoreFault } from '../files/fault.ts';
import { inspect } from '../files/inspect.ts';
import { takeLock } from '../files/lock.ts';
import { readMigrations, type Migration } from '../files/migrations.ts';
import { databasePath } from '../files/paths.ts';

/** Result of `restoreCopy`. */
export interface Restored {
  /** The state file. */
  readonly path: string;
  /** The copy that was restored. */
  readonly from: string;
  /** Where the previous state file was moved; null when there was none. */
  readonly replaced: string | null;
  /** Newer copies that were skipped, each with the reason. */
  readonly skipped: readonly string[];
}

/**
 * Replaces the state file by a copy: the given one, or with null the newest that is intact. The copy itself is kept.
 * The previous file and its log are kept in `replaced/` of the state directory, named after the time `at` (ISO 8601).
 * The replacement is atomic: even after a power cut there is either the old or the new state file.
 *
 * Throws a StoreFault, and changes nothing, when a gateway uses the directory (4) or the copy is not an intact state
 * file of this or an older version (3).
 */
export function restoreCopy(directory: string, copy: string | null, at: string): Restored {
  if (!existsSync(directory)) throw new StoreFault(3, `the state directory ${directory} does not exist`);
  const lock = lockFor(directory);
  const path = databasePath(directory);
  const temporary = `${path}.restored`;
  try {
    if (copy !== null && isSameFile(copy, path)) {
      const what = `${copy} is the state file itself, not a copy (--list shows the copies)`;
      throw new StoreFault(3, what, 'Nothing was changed');
    }
    const { from, skipped } = prepare(directory, copy, temporary);
    return { path, from, skipped, replaced: exchange(directory, temporary, at) };
  } finally {
    rmSync(temporary, { force: true });
    lock.close();
  }
}

function lockFor(directory: string): { close(): void } {
  try {
    return takeLock(directory);
  } catch (error) {
    if (!(error instanceof StoreFault) || error.exitCode !== 4) throw error;
    throw new StoreFault(
      4,
      `${directory} is in use by a gateway: stop the gateway, restore, then start it again`,
    );
  }
}

/** Compares the files themselves, not their names. */
function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

/** Writes the future state file to `temporary`. */
function prepare(
  directory: string,
  copy: string | null,
  temporary: string,
): { readonly from: string; readonly skipped: readonly string[] } {
  const candidates = copy === null ? listCopies(directory).map(({ path }) => path) : [copy];
  const skipped: string[] = [];
  const migrations = readMigrations();
  for (const from of candidates) {
    try {
      rewrite(from, temporary, migrations);
      return { from, skipped };
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      skipped.push(error.what);
    }
  }
  const [first] = skipped;
  if (first === undefined) throw new StoreFault(3, `there are no copies in ${backupsFolder(directory)}`);
  throw new StoreFault(3, first, 'Nothing was changed');
}

/**
 * Writes the content of a copy, including its write-ahead log (a file that was replaced after a kill has one), to one
 * checked file. Not by copying bytes: reading every row finds damage that a check of the pages does not.
 */
function rewrite(from: string, temporary: string, migrations: readonly Migration[]): void {
  if (!existsSync(from)) throw new StoreFault(3, `${from} does not exist`);
  inspect(
    from,
    `${temporary}.check`,
    migrations,
    (database) => {
      copyWhole(database, temporary);
    },
    'whole',
  );
  verifyWritten(temporary, migrations);
}

/** Moves the present files to `replaced/` and `temporary` to their place. Returns the path of the moved state file. */
function exchange(directory: string, temporary: string, at: string): string | null {
  const path = databasePath(directory);
  const present = ['', '-wal', '-shm'].filter((suffix) => existsSync(path + suffix));
  const moved = present.length === 0 ? null : join(directory, 'replaced', `laneway-${fileTime(at)}.db`);
  if (moved !== null) {
    mkdirSync(dirname(moved), { recursive: true, mode: 0o700 });
    for (const suffix of present) {
      rmSync(moved + suffix, { force: true });
      linkOrCopy(path + suffix, moved + suffix);
    }
    syncFolder(dirname(moved));
  }
  // Before the rename: SQLite would apply a log to a database that it does not belong to.
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  replaceFile(temporary, path);
  return moved !== null && existsSync(moved) ? moved : null;
}
