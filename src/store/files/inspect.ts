import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connectReadOnly, isDamage, sqliteCode, type Database } from './database.ts';
import { linkOrCopy } from '../../util/durable.ts';
import { refusedFile, type StoreFault } from './fault.ts';
import { requireFit, type Migration } from './migrations.ts';

/**
 * Up to this size in bytes a start checks the whole file (about 40 ms); in a larger one only the tables that a start
 * reads, so that a long ledger does not delay it.
 */
const FULL_CHECK_BYTES = 64 * 1024 * 1024;
const STATE_TABLES = ['schema_migrations', 'settings', 'node_overrides', 'audit_log', 'node_durations'];

/** The page at SQLite's lock byte is never written, so it may be missing from the file. */
const PENDING_PAGE_BYTES = 65_536;

/**
 * Checks that a state file is intact and that these migrations fit it, and reads from it. Throws a StoreFault (exit 3)
 * if not, and a system error when the file cannot be read.
 *
 * The file and its write-ahead log are opened through links in the folder `scratch` (made here, removed afterwards):
 * SQLite creates the `-shm` file next to the name it opens, so the state directory stays untouched, nothing is
 * checkpointed, and commits that a kill left in the log are still visible. Nobody may write the file meanwhile.
 * The extent `whole` checks everything whatever the size (200 MB: 0.4 s).
 */
export function inspect<T>(
  path: string,
  scratch: string,
  migrations: readonly Migration[],
  read: (database: Database) => T,
  extent: 'start' | 'whole' = 'start',
): T {
  checkFile(path);
  try {
    const database = openView(path, scratch);
    try {
      const fault = checkContent(database, path, extent);
      if (fault !== null) throw refusedFile(path, fault);
      requireFit(path, database, migrations);
      return read(database);
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) throw damagedFile(path, error);
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Refuses an empty file, which SQLite would take for a new database. */
function checkFile(path: string): void {
  const status = statSync(path);
  if (!status.isFile()) throw refusedFile(path, 'is not a file');
  if (status.size === 0) throw refusedFile(path, 'is empty (0 bytes)');
}

/** The fault of a file whose content SQLite rejected with this error. */
export function damagedFile(path: string, error: unknown): StoreFault {
  if (sqliteCode(error) === 'SQLITE_NOTADB') return refusedFile(path, 'is not a SQLite file');
  return refusedFile(path, `is damaged (${(error as Error).message})`);
}

/** Size of a database's write-ahead log in bytes; 0 without one. */
export function logBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function openView(path: string, scratch: string): Database {
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const view = join(scratch, 'view.db');
  linkOrCopy(path, view);
  if (logBytes(path) > 0) linkOrCopy(`${path}-wal`, `${view}-wal`);
  return connectReadOnly(view);
}

/** The fault of the content, as the rest of a sentence; null: none. Throws SQLite's error on damage. */
function checkContent(database: Database, path: string, extent: 'start' | 'whole'): string | null {
  const pages = Number(database.pragma('page_count', { simple: true }));
  const expected = pages * Number(database.pragma('page_size', { simple: true }));
  // Catches a cut-off ledger that a partial check does not read. Pages that are not in the file may be in the log.
  const size = statSync(path).size;
  const found = size + logBytes(path) + PENDING_PAGE_BYTES;
  if (found < expected) return `is cut off (${size} of ${expected} bytes)`;
  const whole = extent === 'whole' || expected <= FULL_CHECK_BYTES;
  const checks = whole ? ['quick_check(1)'] : STATE_TABLES.map((table) => `quick_check(${table})`);
  for (const check of checks) {
    const answer = database.pragma(check, { simple: true });
    if (answer !== 'ok') return `is damaged (${String(answer)})`;
  }
  return null;
}
