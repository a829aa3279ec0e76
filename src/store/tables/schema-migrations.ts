import type { Database } from '../files/database.ts';

const CREATE = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    sha256     TEXT NOT NULL,
    applied_at TEXT NOT NULL
  ) STRICT`;

const EXISTS = `SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'`;

const SELECT_ALL = `SELECT number, name, sha256 FROM schema_migrations ORDER BY number`;

const INSERT = `INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)`;

/** A migration that was applied to a database. */
export interface RecordedMigration {
  readonly number: number;
  readonly name: string;
  /** Hexadecimal SHA-256 of its SQL. */
  readonly sha256: string;
}

/** The migrations that a database records, in order; empty when it has no such table. */
export function recordedMigrations(database: Database): RecordedMigration[] {
  if (database.prepare<[], number>(EXISTS).pluck().get() === 0) return [];
  return database.prepare<[], RecordedMigration>(SELECT_ALL).all();
}

/** Records a migration; call it in the transaction that applies it. `at` is ISO 8601. */
export function recordMigration(database: Database, migration: RecordedMigration, at: string): void {
  database.exec(CREATE);
  database.prepare(INSERT).run(migration.number, migration.name, migration.sha256, at);
}
