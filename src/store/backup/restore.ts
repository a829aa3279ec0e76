import { constants, copyFileSync, existsSync, linkSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { copyWhole, verifyWritten } from './backup.ts';
import { backupsFolder, fileTime, listCopies } from './copies.ts';
import { replaceFile, syncFolder } from '../files/durable.ts';
import { StoreFault } from '../files/fault.ts';
import { inspect } from '../files/inspect.ts';
import { takeLock } from '../files/lock.ts';
import { readMigrations, type Migration } from '../files/migrations.ts';
import { databasePath } from '../files/paths.ts';

/** What `restoreCopy` did. */
export interface Restored {
  /** The state file. */
  readonly path: string;
  /** The copy that is in its place. */
  readonly from: string;
  /** Where the file is that was in its place; null when there was none. */
  readonly replaced: string | null;
  /** Newer copies that were passed over, and why each. */
  readonly passedOver: readonly string[];
}

/**
 * Puts a copy of the state file in its place: that one, or with null the newest that is sound. The copy stays. What
 * was in its place is kept in `replaced/` of the state directory, its log beside it, under the name of the time `at`
 * (ISO 8601); at no moment is there no state file, and with a power cut there is the one or the other.
 *
 * Throws a StoreFault, and changes nothing, when a gateway holds the directory (4) or the copy is not a whole state
 * file of this or an older version (3).
 */
export function restoreCopy(directory: string, copy: string | null, at: string): Restored {
  if (!existsSync(directory)) throw new StoreFault(3, `there is no state directory ${directory}`);
  const lock = lockFor(directory);
  const path = databasePath(directory);
  const temporary = `${path}.restored`;
  try {
    if (copy !== null && isSameFile(copy, path)) {
      const what = `${copy} is the state file itself, no copy of it (--list shows the copies)`;
      throw new StoreFault(3, what, 'Nothing was changed');
    }
    const { from, passedOver } = prepare(directory, copy, temporary);
    return { path, from, passedOver, replaced: exchange(directory, temporary, at) };
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
    throw new StoreFault(4, `${directory} is in use by a gateway: stop it, restore, and start it again`);
  }
}

/** Whatever names and links lead there. */
function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev;
}

/** Writes what shall be the state file to `temporary`. */
function prepare(
  directory: string,
  copy: string | null,
  temporary: string,
): { readonly from: string; readonly passedOver: readonly string[] } {
  const candidates = copy === null ? listCopies(directory).map(({ path }) => path) : [copy];
  const passedOver: string[] = [];
  const migrations = readMigrations();
  for (const from of candidates) {
    try {
      rewrite(from, temporary, migrations);
      return { from, passedOver };
    } catch (error) {
      if (!(error instanceof StoreFault)) throw error;
      passedOver.push(error.what);
    }
  }
  const [first] = passedOver;
  if (first === undefined) throw new StoreFault(3, `there is no copy in ${backupsFolder(directory)}`);
  throw new StoreFault(3, first, 'Nothing was changed');
}

/**
 * One whole, checked file of what a copy holds, the log beside it included: a file that was moved aside after a kill
 * has one. Not a copy of its bytes: what reads every row finds damage that a check of the pages does not.
 */
function rewrite(from: string, temporary: string, migrations: readonly Migration[]): void {
  if (!existsSync(from)) throw new StoreFault(3, `there is no ${from}`);
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

/** Keeps the present files under another name and puts `temporary` in their place; where they are kept. */
function exchange(directory: string, temporary: string, at: string): string | null {
  const path = databasePath(directory);
  const present = ['', '-wal', '-shm'].filter((suffix) => existsSync(path + suffix));
  const kept = present.length === 0 ? null : join(directory, 'replaced', `laneway-${fileTime(at)}.db`);
  if (kept !== null) {
    mkdirSync(dirname(kept), { recursive: true, mode: 0o700 });
    for (const suffix of present) keep(path + suffix, kept + suffix);
    syncFolder(dirname(kept));
  }
  // Before the rename: a log beside a database that it does not belong to would be taken into it.
  for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
  replaceFile(temporary, path);
  return kept !== null && existsSync(kept) ? kept : null;
}

/** A second name for the same file, so that the first one is there until it is replaced; a copy where there are none. */
function keep(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}
