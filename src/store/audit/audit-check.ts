import { existsSync } from 'node:fs';
import type { AuditCheck } from '../store.ts';
import { verifyChain } from './audit-chain.ts';
import { connectReadOnly, isDamage, type Database } from '../files/database.ts';
import { StoreFault } from '../files/fault.ts';
import { damagedFile } from '../files/inspect.ts';
import { readMigrations, requireFit } from '../files/migrations.ts';
import { databasePath } from '../files/paths.ts';

/**
 * Verifies the whole audit of a state directory; a gateway may be running on it. Changes nothing. Throws a StoreFault
 * (3) when the state file is missing or refused.
 */
export function checkAudit(directory: string): AuditCheck {
  return readStateFile(directory, verifyChain);
}

/** Runs a read on the state file of a directory, which a gateway may be using. Throws like `checkAudit`. */
export function readStateFile<T>(directory: string, read: (database: Database) => T): T {
  const path = databasePath(directory);
  if (!existsSync(path))
    throw new StoreFault(3, `the state file ${path} does not exist; --data-dir names another directory`);
  try {
    const database = connectReadOnly(path, 'live');
    try {
      requireFit(path, database, readMigrations());
      return read(database);
    } finally {
      database.close();
    }
  } catch (error) {
    if (isDamage(error)) throw damagedFile(path, error);
    throw error;
  }
}
