import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyNow, copyWhole } from '../backup/backup.ts';
import { backupsFolder } from '../backup/copies.ts';
import { connect, connectNew, isDamage, type Database } from './database.ts';
import { replaceFile } from '../../util/durable.ts';
import { refusedFile, StoreFault } from './fault.ts';
import { inspect, logBytes } from './inspect.ts';
import { takeLock } from './lock.ts';
import { migrate, MigrationFailed, readMigrations, type Migration } from './migrations.ts';
import { databasePath } from './paths.ts';
import { recordedMigrations } from '../tables/schema-migrations.ts';

/** The open state directory; `close` releases it. */
export interface StateFile {
  /** Synced at each commit: switches, settings, audit. */
  readonly state: Database;
  /** Not synced at each commit: the ledger. */
  readonly ledger: Database;
  /**
   * Throws when the file is no longer at its path: SQLite would go on writing to the removed file, and report every
   * change as stored. A file that is put back is used again.
   */
  requireInPlace(): void;
  close(): void;
}

/**
 * Takes the directory's lock, checks or creates `laneway.db`, and migrates it after making a verified copy; `at`
 * (ISO 8601) is recorded with each migration. Throws a StoreFault when the gateway must not start, and another error
 * when the directory or the file cannot be written.
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
    if (exists(path)) {
      inspect(path, checkFolder(path), migrations, (database) => {
        copyBeforeMigration(database, { directory, path, migrations, at });
      });
    } else create(path, migrations, at);
    const state = connect(path, 'FULL');
    open.push(state);
    migrateExisting(state, path, migrations, at);
    const ledger = connect(path, 'NORMAL');
    open.push(ledger);
    const requireInPlace = (): void => {
      if (!exists(path)) throw new Error(`${path} has been removed; put it back, or restart the gateway`);
    };
    return { state, ledger, requireInPlace, close };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * Reads from the state file of a directory that cannot be written, by links or copies in the system's temporary folder;
 * undefined when there is no file. Throws a StoreFault when the file is refused, and the system's error when it cannot
 * be read.
 */
export function readStateFile<T>(directory: string, read: (database: Database) => T): T | undefined {
  const path = databasePath(directory);
  if (!exists(path)) return undefined;
  const migrations = readMigrations();
  const scratch = mkdtempSync(join(tmpdir(), 'laneway-'));
  return inspect(path, scratch, migrations, (database) => {
    if (recordedMigrations(database).length === migrations.length) return read(database);
    return readMigratedCopy(database, join(scratch, 'migrated.db'), migrations, read);
  });
}

/** Reads a database of an older version, which must not be changed, from a copy that is migrated. */
function readMigratedCopy<T>(
  database: Database,
  copyPath: string,
  migrations: readonly Migration[],
  read: (database: Database) => T,
): T {
  copyWhole(database, copyPath);
  const copy = connectNew(copyPath);
  try {
    migrate(copy, migrations, '');
    return read(copy);
  } finally {
    copy.close();
  }
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

/** Removes what a killed start left: an unfinished database, and the links of a check. */
function removeLeftovers(path: string): void {
  rmSync(checkFolder(path), { recursive: true, force: true });
  for (const suffix of ['', '-journal', '-wal', '-shm'])
    rmSync(temporaryPath(path) + suffix, { force: true });
}

/** Creates the database under a temporary name and renames it once its schema is on the disk. */
function create(path: string, migrations: readonly Migration[], at: string): void {
  if (logBytes(path) > 0)
    throw refusedFile(
      path,
      `is missing, but its write-ahead log ${path}-wal exists and contains the last changes`,
    );
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
  replaceFile(temporary, path);
}

interface Existing {
  readonly directory: string;
  readonly path: string;
  readonly migrations: readonly Migration[];
  readonly at: string;
}

/** Copies the file when a migration is due. Throws a StoreFault when that fails: nothing is migrated without a copy. */
function copyBeforeMigration(database: Database, { directory, path, migrations, at }: Existing): void {
  const next = migrations[recordedMigrations(database).length];
  if (next === undefined) return;
  try {
    copyNow(database, { directory, at, beforeMigration: next.number, migrations });
  } catch (error) {
    if (isDamage(error)) throw error;
    const folder = backupsFolder(directory);
    const what = `${path} needs the migration ${next.name}, but could not be copied to ${folder} (${(error as Error).message})`;
    throw new StoreFault(
      3,
      what,
      'The file is unchanged. Free disk space and make the folder writable, then start again',
    );
  }
}

function migrateExisting(state: Database, path: string, migrations: readonly Migration[], at: string): void {
  try {
    migrate(state, migrations, at);
  } catch (error) {
    if (!(error instanceof MigrationFailed)) throw error;
    throw new StoreFault(
      3,
      `${path} could not be migrated (${error.message}); the failed migration was rolled back`,
    );
  }
}
