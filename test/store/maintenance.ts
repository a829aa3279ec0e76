// Helpers of the tests of backups, retention and reports.
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { openStore, type StoreOptions } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { migrate, readMigrations } from '../../src/store/files/migrations.ts';
import { AT, readableLog, rowId, temporaryFolder } from './harness.ts';

export const DAY_MS = 86_400_000;

/** Maintenance at once and then never again. */
export const AT_ONCE = { firstMs: 1, everyMs: 1_000_000_000 };

/** Opens a store with options; closed after the test. */
export async function openWith(
  options: Partial<StoreOptions> & { readonly directory: string },
): Promise<Store> {
  const store = await openStore({ log: readableLog(), ...options });
  onTestFinished(() => store.close());
  return store;
}

/** Waits until a condition is true; fails by the test's time-out. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/**
 * A closed state file whose ledger has so many rows, with the ids of `rowId`, one a minute from AT. A row is 1 KiB
 * by default; the schema is that of the first `migrations`.
 */
export function filledDirectory(rows: number, { migrations = 99, rowBytes = 1_000 } = {}): string {
  const directory = temporaryFolder();
  const database = new Sqlite(join(directory, 'laneway.db'));
  try {
    const steps = readMigrations().slice(0, migrations);
    migrate(database, steps.slice(0, 4), AT);
    database.function('row_id', (number: unknown) => rowId(Number(number)));
    database.pragma('journal_mode = WAL');
    database.exec(`INSERT INTO plans (id, text) VALUES (1, '[]')`);
    const fill = database.prepare(`
      WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?)
      INSERT INTO requests (id, state, started_at, duration_ms, endpoint, wire, requested, node, target, generation,
          stream, phases, plan_id, warnings)
        SELECT row_id(n), 'settled', strftime('%Y-%m-%dT%H:%M:%fZ', ?, n || ' minutes'), n % 977, '/v1', 'w', 'r',
          'node' || (n % 7), 'groq/quick', 1, 0, hex(zeroblob(? / 2)), 1, '[]' FROM numbers`);
    if (rows > 0) fill.run(rows, AT, rowBytes);
    migrate(database, steps, AT);
    return directory;
  } finally {
    database.close();
  }
}

/** The single value that a query on a database file returns. */
export function valueIn(path: string, sql: string): unknown {
  const database = new Sqlite(path, { readonly: true });
  try {
    return database.prepare(sql).pluck().get();
  } finally {
    database.close();
  }
}
