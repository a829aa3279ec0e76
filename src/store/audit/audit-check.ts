import { existsSync } from 'node:fs';
import { verifyChain, type ChainCheck } from './audit-chain.ts';
import { connectReadOnly, isDamage } from '../files/database.ts';
import { refusedFile, StoreFault } from '../files/fault.ts';
import { migrationFault, readMigrations } from '../files/migrations.ts';
import { databasePath } from '../files/paths.ts';

/**
 * Reads the whole audit of a state directory, beside a running gateway too, and says whether it is as it was written.
 * Transactions nothing. Throws a StoreFault (3) when the state file is missing or cannot be read as one.
 */
export function checkAudit(directory: string): ChainCheck {
  const path = databasePath(directory);
  if (!existsSync(path)) throw new StoreFault(3, `there is no state file ${path}`);
  try {
    const database = connectReadOnly(path, 'a writer');
    try {
      const fault = migrationFault(database, readMigrations());
      if (fault !== null) throw refusedFile(path, fault);
      return verifyChain(database);
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) throw refusedFile(path, `is damaged (${(error as Error).message})`);
    throw error;
  }
}
