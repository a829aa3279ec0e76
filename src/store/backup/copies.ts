import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A verified copy of the state file, in `backups/` of the state directory. */
export interface Copy {
  readonly path: string;
  /** When it was made: ISO 8601 in UTC, to the second. */
  readonly at: string;
  /** The number of the migration that it precedes; null for a daily copy. */
  readonly beforeMigration: number | null;
  readonly bytes: number;
}

/** How many copies are kept. */
const COPIES_MAX = 7;

const NAME = /^laneway-(\d{8}T\d{6}Z)(?:-before-(\d{4}))?\.db$/;

const FILE_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** The folder of the copies. */
export function backupsFolder(directory: string): string {
  return join(directory, 'backups');
}

/** Converts ISO 8601 to the form used in file names: `20260102T030405Z`. */
export function fileTime(at: string): string {
  return `${at.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** The copies of a state directory, newest first. */
export function listCopies(directory: string): Copy[] {
  const folder = backupsFolder(directory);
  return names(folder)
    .toSorted()
    .toReversed()
    .flatMap((name) => {
      const [time, migration] = NAME.exec(name)?.slice(1) ?? [];
      const path = join(folder, name);
      const bytes = statSync(path, { throwIfNoEntry: false })?.size;
      if (time === undefined || bytes === undefined) return [];
      const at = time.replace(FILE_TIME, '$1-$2-$3T$4:$5:$6Z');
      return [{ path, at, beforeMigration: migration === undefined ? null : Number(migration), bytes }];
    });
}

/** Creates the folder of the copies if missing. Returns the final path of a copy made at `at` (ISO 8601). */
export function copyPath(directory: string, at: string, beforeMigration: number | null): string {
  const folder = backupsFolder(directory);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const why = beforeMigration === null ? '' : `-before-${String(beforeMigration).padStart(4, '0')}`;
  return join(folder, `laneway-${fileTime(at)}${why}.db`);
}

/** Removes all but the newest copies; the newest one from before a migration is always kept. */
export function removeOldCopies(directory: string): void {
  const copies = listCopies(directory);
  const newestBeforeMigration = copies.find(({ beforeMigration }) => beforeMigration !== null);
  for (const copy of copies.slice(COPIES_MAX))
    if (copy !== newestBeforeMigration) rmSync(copy.path, { force: true });
}

/** Removes unfinished copies. Call it only while no copy is in progress. */
export function removePartialCopies(directory: string): void {
  const folder = backupsFolder(directory);
  for (const name of names(folder)) {
    if (name.startsWith('laneway-') && name.includes('.db.new')) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
