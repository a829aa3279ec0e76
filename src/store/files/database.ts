import Sqlite from 'better-sqlite3';

/** An open SQLite connection. Only code that runs in a thread of the store may hold one. */
export type Database = Sqlite.Database;

/** A connection's durability: FULL syncs each commit to the disk, NORMAL may lose the newest commits in a power cut. */
export type Durability = 'FULL' | 'NORMAL';

/**
 * Milliseconds that a statement waits for another process's lock (a backup tool, a shell) before it fails. Only the
 * store's threads wait.
 */
const BUSY_TIMEOUT_MS = 15_000;

/** SQLite's numbers for the values of `PRAGMA synchronous`. */
const SYNCHRONOUS = { FULL: 2, NORMAL: 1 } as const;

/**
 * Opens an existing database in WAL mode for reading and writing. Throws when a pragma has no effect, as WAL mode has
 * none on some network file systems.
 */
export function connect(path: string, durability: Durability): Database {
  const database = new Sqlite(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    const mode = database.pragma('journal_mode = WAL', { simple: true });
    if (mode !== 'wal')
      throw new Error(`${path} cannot be set to WAL mode (it stays in ${String(mode)} mode)`);
    database.pragma(`synchronous = ${durability}`);
    const synchronous = database.pragma('synchronous', { simple: true });
    if (synchronous !== SYNCHRONOUS[durability]) {
      throw new Error(
        `${path} cannot be set to synchronous = ${durability} (it stays at ${String(synchronous)})`,
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Opens a database that may not exist yet, with a rollback journal: a single file once it is closed. */
export function connectNew(path: string): Database {
  return new Sqlite(path, { timeout: 0 });
}

/** Opens an existing database read-only; a `live` one may be written by others, whose short locks it waits for. */
export function connectReadOnly(path: string, use: 'idle' | 'live' = 'idle'): Database {
  const timeout = use === 'idle' ? 0 : BUSY_TIMEOUT_MS;
  return new Sqlite(path, { readonly: true, fileMustExist: true, timeout });
}

/** The code of an SQLite error such as `SQLITE_FULL`, or undefined for any other error. */
export function sqliteCode(error: unknown): string | undefined {
  return error instanceof Sqlite.SqliteError ? error.code : undefined;
}

/** Whether the error means that the file's content is damaged, rather than that the file cannot be accessed. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB');
}
