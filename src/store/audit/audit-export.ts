import type { Database } from '../files/database.ts';
import { readStateFile } from './audit-check.ts';

/** A row of the audit log as it is exported. */
export interface ExportedRow {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** The user of the override; null: global. */
  readonly user: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
  readonly hash: string;
}

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
