import { createHash } from 'node:crypto';
import type { Database } from '../files/database.ts';
import type { AuditCheck } from '../store.ts';

/** An audit row as it is stored, without its own hash. */
export interface ChainedRow {
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
  /**
   * The override before the change as JSON, `null` if the default applied; NULL if the row is not about an override.
   */
  readonly before: string | null;
  /** The `seq` of the row that this one undoes. */
  readonly undoes: number | null;
}

/** The previous hash of the first row. */
export const CHAIN_START = '';

const IS_CHAINED = `SELECT count(*) FROM pragma_table_info('audit_log') WHERE name = 'hash'`;

const SELECT_ALL = `SELECT seq, at, actor, action, subject, user, "from", "to", reason, before, undoes, hash
  FROM audit_log ORDER BY seq`;

const SELECT_HEAD = `SELECT value FROM settings WHERE name = 'audit_head'`;

/** The hash of an audit row in lower-case hex: SHA-256 of the previous row's hash and every column. */
export function auditHash(previousHash: string, row: ChainedRow): string {
  const { seq, at, actor, action, subject, user, from, to, reason, before, undoes } = row;
  const cells = [previousHash, seq, at, actor, action, subject, user, from, to, reason, before, undoes];
  return createHash('sha256').update(JSON.stringify(cells)).digest('hex');
}

/** Registers the SQL function `audit_hash`, with which migration 0002 chains the rows of older versions. */
export function registerAuditHash(database: Database): void {
  const options = { deterministic: true, directOnly: true };
  database.function(
    'audit_hash',
    options,
    (previous, seq, at, actor, action, subject, from, to, reason): string =>
      auditHash(previous as string, {
        ...{ seq: seq as number, at: at as string, actor: actor as string, action: action as string },
        ...{ subject: subject as string, user: null, from: from as string | null, to: to as string | null },
        ...{ reason: reason as string | null, before: null, undoes: null },
      }),
  );
}

/**
 * Verifies the whole audit: no row was changed, removed or inserted, and none is missing at the end (the settings also
 * hold the newest row's hash). Works on a read-only connection while a gateway is running. Throws SQLite's error on a
 * damaged file.
 */
export function verifyChain(database: Database): AuditCheck {
  if (database.prepare<[], number>(IS_CHAINED).pluck().get() === 0) {
    return {
      rows: 0,
      brokenAt: null,
      fault:
        'the audit log was written by an older version and has no hashes yet: start the gateway once to add them',
    };
  }
  return database.transaction(() => verify(database))();
}

function verify(database: Database): AuditCheck {
  let rows = 0;
  let previous = CHAIN_START;
  let last: number | null = null;
  for (const row of database.prepare<[], ChainedRow & { readonly hash: string }>(SELECT_ALL).iterate()) {
    rows += 1;
    if (auditHash(previous, row) !== row.hash) {
      const fault = `row ${row.seq} (${row.at}) was changed, or a row before it was removed`;
      return { rows, brokenAt: row.seq, fault };
    }
    previous = row.hash;
    last = row.seq;
  }
  if (database.prepare<[], string>(SELECT_HEAD).pluck().get() !== previous) {
    return {
      rows,
      brokenAt: (last ?? 0) + 1,
      fault: `the newest rows are missing: ${last === null ? 'no rows remain' : `the last remaining row is row ${last}`}`,
    };
  }
  return { rows, brokenAt: null, fault: null };
}
