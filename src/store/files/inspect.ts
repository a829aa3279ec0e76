import {
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { connectReadOnly, isDamage, type Database } from './database.ts';
import { refusedFile } from './fault.ts';
import { migrationFault, type Migration } from './migrations.ts';

/** Bytes 0 to 15 of every SQLite file (https://sqlite.org/fileformat2.html, section 1.3). */
const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;

/**
 * Up to this many bytes the whole file is checked at a start (about 40 ms); of a larger one only the tables a start
 * depends on, so that a long ledger does not delay it.
 */
const FULL_CHECK_BYTES = 64 * 1024 * 1024;
const STATE_TABLES = ['schema_migrations', 'settings', 'node_overrides', 'audit_log', 'node_durations'];

/** SQLite's allowance for the page at its lock byte, which is never written. */
const PENDING_PAGE_BYTES = 65_536;

/**
 * Checks that a state file is whole and of a schema that these migrations know, and reads from it. Throws a
 * StoreFault (exit 3) when it is not, and a system error when it cannot be read.
 *
 * The file and its write-ahead log are looked at through links in the folder `scratch` (made here, removed after):
 * a reader makes its `-shm` beside the name it opens, so nothing beside the real file is made, changed or
 * checkpointed, and yet the commits that still stand in the log after a kill are seen. Nobody may write it meanwhile.
 * With `whole` everything is checked, however large it is (200 MB: 0.4 s).
 */
export function inspect<T>(
  path: string,
  scratch: string,
  migrations: readonly Migration[],
  read: (database: Database) => T,
  extent: 'start' | 'whole' = 'start',
): T {
  checkHeader(path);
  try {
    const database = openView(path, scratch);
    try {
      const fault = checkContent(database, path, extent) ?? migrationFault(database, migrations);
      if (fault !== null) throw refusedFile(path, fault);
      return read(database);
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) throw refusedFile(path, `is damaged (${(error as Error).message})`);
    throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Refuses what SQLite would take for a new database (zero bytes), or would not take for a database at all. */
function checkHeader(path: string): void {
  const status = statSync(path);
  if (!status.isFile()) throw refusedFile(path, 'is not a file');
  if (status.size === 0) throw refusedFile(path, 'is empty (0 bytes)');
  const header = Buffer.alloc(HEADER_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, header, 0, HEADER_BYTES, 0);
  } finally {
    closeSync(descriptor);
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) throw refusedFile(path, 'is not a SQLite file');
  if (logBytes(path) > 0) return; // the pages may still stand in the log: checkContent counts them
  const expected = header.readUInt32BE(28) * pageBytes(header);
  if (status.size < expected) {
    throw refusedFile(path, `is cut off (${status.size} of ${expected} bytes are there)`);
  }
}

function pageBytes(header: Buffer): number {
  const stored = header.readUInt16BE(16);
  return stored === 1 ? 65_536 : stored;
}

/** Size of the write-ahead log beside a database; 0 without one. */
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

/** A hard link costs nothing; a copy where the file system has none, or where `to` is on another one. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

/** What is wrong inside, as the rest of a sentence; null when nothing is. Throws SQLite's error on damage. */
function checkContent(database: Database, path: string, extent: 'start' | 'whole'): string | null {
  const pages = Number(database.pragma('page_count', { simple: true }));
  const expected = pages * Number(database.pragma('page_size', { simple: true }));
  // The rule that SQLite applies before it copies a log back: what neither file can hold is lost.
  const size = statSync(path).size;
  const found = size + logBytes(path) + PENDING_PAGE_BYTES;
  if (found < expected) return `is cut off (${size} of ${expected} bytes are there)`;
  const whole = extent === 'whole' || expected <= FULL_CHECK_BYTES;
  const checks = whole ? ['quick_check(1)'] : STATE_TABLES.map((t) => `quick_check(${t})`);
  for (const check of checks) {
    const answer = database.pragma(check, { simple: true });
    if (answer !== 'ok') return `is damaged (${String(answer)})`;
  }
  return null;
}
