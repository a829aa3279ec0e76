import { connectNew, type Database } from './database.ts';
import { migrate, type Migration } from './migrations.ts';
import { recordedMigrations } from '../tables/schema-migrations.ts';

/** What a start is read from (`readState`); the ledger stays where it is. */
const TABLES = ['settings', 'node_overrides', 'node_durations'];

/**
 * Reads the state of a database that must not be changed, as this version knows it: where migrations are missing, from
 * a copy of what a start needs, in memory, on which they are run.
 */
export function readAsMigrated<T>(
  database: Database,
  migrations: readonly Migration[],
  read: (database: Database) => T,
): T {
  const recorded = recordedMigrations(database).length;
  if (recorded === migrations.length) return read(database);
  const copy = connectNew(':memory:');
  try {
    migrate(copy, migrations.slice(0, recorded), '');
    for (const table of TABLES) copyTable(database, copy, table);
    migrate(copy, migrations, '');
    return read(copy);
  } finally {
    copy.close();
  }
}

function copyTable(from: Database, to: Database, table: string): void {
  to.exec(`DELETE FROM ${table}`); // what a migration wrote into it
  const select = from.prepare<[], unknown[]>(`SELECT * FROM ${table}`).raw();
  const places = select.columns().map(() => '?');
  const insert = to.prepare(`INSERT INTO ${table} VALUES (${places.join(', ')})`);
  for (const row of select.iterate()) insert.run(...row);
}
