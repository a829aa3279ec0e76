import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { registerAuditHash } from '../audit/audit-chain.ts';
import { PACKAGE_ROOT } from '../../util/package-root.ts';
import { requestNumber } from '../../util/request-id.ts';
import { isDamage, sqliteCode, type Database } from './database.ts';
import { changedPackage, refusedFile } from './fault.ts';
import { recordedMigrations, recordMigration, type RecordedMigration } from '../tables/schema-migrations.ts';

/** A numbered SQL file. */
export interface Migration extends RecordedMigration {
  readonly sql: string;
}

/** The migrations that ship with this version. */
const SHIPPED = pathToFileURL(join(PACKAGE_ROOT, 'migrations', '/'));

/**
 * Reads the `NNNN_name.sql` files of a folder, in order. Throws when a number is missing or used twice.
 * The hash is that of the text with LF line ends, so that a checkout with CRLF yields the same one.
 */
export function readMigrations(folder: URL = SHIPPED): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  return names.map((name, index) => {
    const number = Number(/^(\d{4})_/.exec(name)?.[1]);
    if (number !== index + 1) throw new Error(`migrations/${name}: expected number ${index + 1}`);
    const sql = readFileSync(new URL(name, folder), 'utf8').replaceAll('\r\n', '\n');
    return { number, name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  });
}

/** Why these migrations do not fit a database, as the rest of a sentence; null when they fit. */
export function migrationFault(database: Database, migrations: readonly Migration[]): string | null {
  const recorded = recordedMigrations(database);
  if (recorded.length === 0) return 'is not a state file of Laneway: it records no migrations';
  for (const [index, { number, name }] of recorded.entries()) {
    const own = migrations[number - 1];
    if (own === undefined) {
      return `was written by a newer version: it records the migration ${name}, which this version does not have; start the newer version`;
    }
    if (number !== index + 1)
      return `has a changed schema: it records the migration ${name}, but not the previous one`;
  }
  return null;
}

/** Name of the first migration that a database records with other content than these have; null: none. */
function changedMigration(database: Database, migrations: readonly Migration[]): string | null {
  const changed = recordedMigrations(database).find(
    ({ number, sha256 }) => migrations[number - 1]?.sha256 !== sha256,
  );
  return changed?.name ?? null;
}

/** Throws the StoreFault (3) of a state file which these migrations do not fit. */
export function requireFit(path: string, database: Database, migrations: readonly Migration[]): void {
  const fault = migrationFault(database, migrations);
  if (fault !== null) throw refusedFile(path, fault);
  const changed = changedMigration(database, migrations);
  if (changed !== null) throw changedPackage(path, changed);
}

/** The SQL of a migration failed; the database is as it was before the migration. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
}

/**
 * Applies the migrations that are not recorded yet, in order, each in one transaction with its record. Throws
 * MigrationFailed when the SQL fails, and SQLite's error when the file cannot be written (disk full, read-only, locked).
 */
export function migrate(database: Database, migrations: readonly Migration[], at: string): void {
  registerAuditHash(database); // used by 0002
  registerRequestNumber(database); // used by 0005
  for (const migration of migrations.slice(recordedMigrations(database).length)) {
    const apply = database.transaction(() => {
      database.exec(migration.sql);
      recordMigration(database, migration, at);
    });
    try {
      apply.immediate();
    } catch (error) {
      const code = sqliteCode(error) ?? '';
      if (isDamage(error) || !/^SQLITE_(ERROR|CONSTRAINT|MISMATCH)/.test(code)) throw error;
      throw new MigrationFailed(`${migration.name}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/**
 * Makes the number of an id available to SQL, as `request_number(id)`. It rises with each call: where an older version
 * made two ids with one number (its clock was set back during a restart), or for a text that is no id, it is the next one.
 */
function registerRequestNumber(database: Database): void {
  let last = 0;
  database.function('request_number', (id: unknown) => {
    const number = requestNumber(String(id));
    last = Number.isNaN(number) ? last + 1 : Math.max(last + 1, number);
    return last;
  });
}
