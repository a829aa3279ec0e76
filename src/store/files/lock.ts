import { join } from 'node:path';
import { connectNew, isDamage, sqliteCode, type Database } from './database.ts';
import { directoryInUse, StoreFault } from './fault.ts';

/**
 * Locks the state directory for this process: an exclusive transaction on `lock.db`, held until the returned connection
 * is closed. The kernel drops it with the process, even after kill -9; a pid file would fail in containers, which have
 * their own process numbers. Throws a StoreFault at once (exit 4) when another gateway holds the lock.
 */
export function takeLock(directory: string): Database {
  const path = join(directory, 'lock.db');
  const database = connectNew(path);
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (sqliteCode(error)?.startsWith('SQLITE_BUSY') === true) throw directoryInUse(directory, path);
    if (isDamage(error)) {
      throw new StoreFault(3, `${path} is not a lock file: delete it (it contains no data) and start again`);
    }
    throw error;
  }
}
