import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A verified copy of the state file, in `backups/` of the state directory. */
export interface Copy {
  readonly path: string;
  /** When it was made, ISO 8601 in UTC to the second. */
  readonly at: string;
  /** The number of the migration that it was made for; null for a daily one. */
  readonly beforeMigration: number | null;
  readonly bytes: number;
}

/** How many copies stay (DESIGN section 9). */
const KEPT = 7;

const NAME = /^laneway-(\d{8}T\d{6}Z)(?:-before-(\d{4}))?\.db$/;

const FILE_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Where the copies lie. */
export function backupsFolder(directory: string): string {
  return join(directory, 'backups');
}

/** ISO 8601 as it stands in file names, to the second: `20260102T030405Z`. */
export function fileTime(at: string): string {
  return `${at.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/** The copies of a state directory, newest first; empty when there is no folder for them. */
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

/** Makes the folder for copies and the name of one made at `at` (ISO 8601), which it gets when it is whole. */
export function copyPath(directory: string, at: string, beforeMigration: number | null): string {
  const folder = backupsFolder(directory);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const why = beforeMigration === null ? '' : `-before-${String(beforeMigration).padStart(4, '0')}`;
  return join(folder, `laneway-${fileTime(at)}${why}.db`);
}

/** Removes all but the newest copies; the newest one from before a migration stays whatever its age. */
export function removeOldCopies(directory: string): void {
  const copies = listCopies(directory);
  const wayBack = copies.find(({ beforeMigration }) => beforeMigration !== null);
  for (const copy of copies.slice(KEPT)) if (copy !== wayBack) rmSync(copy.path, { force: true });
}

/** Removes what a copying that was cut short left. None may be going on. */
export function removeHalfCopies(directory: string): void {
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
