import type { Database } from '../files/database.ts';
import type { ChainedRow } from './audit-chain.ts';
import { readStateFile } from './audit-check.ts';

/** A row of the audit log as it is exported: without what undo needs, with its hash. */
export type ExportedRow = Omit<ChainedRow, 'before' | 'undoes'> & { readonly hash: string };

const SELECT_ALL = `SELECT seq, at, actor, action, subject, user, "from", "to", reason, hash FROM audit_log ORDER BY seq`;

/**
 * Every row of the audit log of a state directory, oldest first; a gateway may be running on it. Throws a StoreFault (3)
 * when the state file is missing or refused.
 */
export function readAudit(directory: string): ExportedRow[] {
  return readStateFile(directory, (database: Database) =>
    database.prepare<[], ExportedRow>(SELECT_ALL).all(),
  );
}
