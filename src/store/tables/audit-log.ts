import type { Database } from '../database.ts';

const INSERT = `INSERT INTO audit_log (at, actor, action, subject, "from", "to", reason) VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** Who changed what, and why. */
export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  readonly action: 'switch' | 'reset' | 'reload';
  /** The node, or `configuration`. */
  readonly subject: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
}

/** The record of changes; only ever appended to. */
export class AuditLog {
  readonly #insert;

  constructor(database: Database) {
    this.#insert = database.prepare(INSERT);
  }

  /** Belongs into the transaction of the change it tells of. */
  append({ at, actor, action, subject, from, to, reason }: AuditEntry): void {
    this.#insert.run(at, actor, action, subject, from, to, reason);
  }
}
