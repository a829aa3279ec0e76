import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { registerAuditHash } from '../audit/audit-chain.ts';
import { isDamage, sqliteCode, type Database } from './database.ts';
import { recordedMigrations, recordMigration, type RecordedMigration } from '../tables/schema-migrations.ts';

/** One numbered SQL file. */
export interface Migration extends RecordedMigration {
  readonly sql: string;
}

/** The migrations that ship with this version. */
const SHIPPED = new URL('../../../migrations/', import.meta.url);

/**
 * Reads the `NNNN_name.sql` files of a folder, in order. Throws when a number is missing or used twice.
 * The hash is taken over the text with LF line ends, so that a checkout with CRLF is the same migration.
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

/** What forbids running these migrations on that database, as the rest of a sentence; null when they fit. */
export function migrationFault(database: Database, migrations: readonly Migration[]): string | null {
  const recorded = recordedMigrations(database);
  if (recorded.length === 0) return 'is not a state file of Laneway: it records no migrations';
  for (const [index, { number, name, sha256 }] of recorded.entries()) {
    const own = migrations[number - 1];
    if (own === undefined) {
      return `was written by a newer Laneway: it records ${name}, which this version lacks; start that version`;
    }
    if (number !== index + 1) return `has a changed schema: it records ${name}, but not the one before it`;
    if (own.sha256 !== sha256) return `has a changed schema: it records ${name} with another content`;
  }
  return null;
}

/** A migration whose SQL the database refused; the database is as it was before it. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
}

/**
 * Applies what is not recorded yet, in order, each in one transaction with its record. Throws MigrationFailed when
 * the SQL itself is refused, and SQLite's own error when the file cannot be written (disk full, read-only, locked).
 */
export function migrate(database: Database, migrations: readonly Migration[], at: string): void {
  registerAuditHash(database); // for 0002
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
