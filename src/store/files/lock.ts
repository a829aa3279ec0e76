import { join } from 'node:path';
import { connectNew, isDamage, sqliteCode, type Database } from './database.ts';
import { directoryInUse, StoreFault } from './fault.ts';

/**
 * Takes the state directory for this process: an exclusive transaction on `lock.db`, held until the returned
 * connection is closed. The kernel drops it with the process, kill -9 included; a pid file would not survive a
 * container's own process numbers. Throws a StoreFault at once (exit 4) when another gateway holds it.
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
      throw new StoreFault(3, `${path} is not a lock file; it holds no data: delete it and start again`);
    }
    throw error;
  }
}
