import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect, connectNew, type Database } from './database.ts';
import { refusedFile, StoreFault } from './fault.ts';
import { inspect, logBytes } from './inspect.ts';
import { takeLock } from './lock.ts';
import { migrate, MigrationFailed, readMigrations, type Migration } from './migrations.ts';

/** The open state directory; `close` lets another gateway have it. */
export interface StateFile {
  /** Synced at each commit: switches, settings, audit. */
  readonly state: Database;
  /** Not synced at each commit: the ledger. */
  readonly ledger: Database;
  close(): void;
}

/**
 * Takes the directory's lock, checks or creates `laneway.db`, and brings its schema up to date; `at` (ISO 8601) is
 * recorded with each migration. Throws a StoreFault for what must not be started on, and another error when the
 * directory or the file cannot be written.
 */
export function openStateFile(directory: string, at: string): StateFile {
  const lock = takeLock(directory);
  const open: Database[] = [lock];
  const close = (): void => {
    for (const database of open.toReversed()) database.close();
  };
  try {
    const path = databasePath(directory);
    const migrations = readMigrations();
    removeLeftovers(path);
    if (exists(path)) inspect(path, checkFolder(path), migrations, () => undefined);
    else create(path, migrations, at);
    const state = connect(path, 'FULL');
    open.push(state);
    migrateExisting(state, path, migrations, at);
    const ledger = connect(path, 'NORMAL');
    open.push(ledger);
    return { state, ledger, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Reads from the state file of a directory that cannot be written, through a copy in the system's temporary folder;
 * undefined when there is no file. Throws a StoreFault when the file is refused, and whatever forbids reading it.
 */
export function readStateFile<T>(directory: string, read: (database: Database) => T): T | undefined {
  const path = databasePath(directory);
  if (!exists(path)) return undefined;
  return inspect(path, mkdtempSync(join(tmpdir(), 'laneway-')), readMigrations(), read);
}

function databasePath(directory: string): string {
  return join(directory, 'laneway.db');
}

function checkFolder(path: string): string {
  return `${path}.check`;
}

function temporaryPath(path: string): string {
  return `${path}.new`;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** What a start that was killed leaves behind: a database that was not finished, and links made for a check. */
function removeLeftovers(path: string): void {
  rmSync(checkFolder(path), { recursive: true, force: true });
  for (const suffix of ['', '-journal', '-wal', '-shm'])
    rmSync(temporaryPath(path) + suffix, { force: true });
}

/** Makes the database under a temporary name; it gets its own when its schema is on the disk, never before. */
function create(path: string, migrations: readonly Migration[], at: string): void {
  if (logBytes(path) > 0)
    throw refusedFile(path, `is missing, but ${path}-wal is there and holds what it had last`);
  const temporary = temporaryPath(path);
  const database = connectNew(temporary);
  try {
    chmodSync(temporary, 0o600);
    database.pragma('synchronous = FULL');
    migrate(database, migrations, at);
    database.pragma('journal_mode = WAL');
  } finally {
    database.close();
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes a rename in this folder outlast a power cut. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function migrateExisting(state: Database, path: string, migrations: readonly Migration[], at: string): void {
  try {
    migrate(state, migrations, at);
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error;
    throw new StoreFault(3, `${path} could not be migrated and is as it was before ${error.message}`);
  }
}
