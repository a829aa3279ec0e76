import { existsSync } from 'node:fs';
import { verifyChain, type ChainCheck } from './audit-chain.ts';
import { connectReadOnly, isDamage } from '../files/database.ts';
import { refusedFile, StoreFault } from '../files/fault.ts';
import { damagedFile } from '../files/inspect.ts';
import { migrationFault, readMigrations } from '../files/migrations.ts';
import { databasePath } from '../files/paths.ts';

/**
 * Verifies the whole audit of a state directory; a gateway may be running on it. Changes nothing. Throws a StoreFault
 * (3) when the state file is missing or refused.
 */
export function checkAudit(directory: string): ChainCheck {
  const path = databasePath(directory);
  if (!existsSync(path)) throw new StoreFault(3, `the state file ${path} does not exist`);
  try {
    const database = connectReadOnly(path, 'live');
    try {
      const fault = migrationFault(database, readMigrations());
      if (fault !== null) throw refusedFile(path, fault);
      return verifyChain(database);
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) throw damagedFile(path, error);
    throw error;
  }
}
