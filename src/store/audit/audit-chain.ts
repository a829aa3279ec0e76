import { createHash } from 'node:crypto';
import type { Database } from '../files/database.ts';

/** An audit row as it is stored, without its own hash. */
export interface ChainedRow {
  readonly seq: number;
  /** ISO 8601. */
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  /** Whose override; null: everybody's. */
  readonly user: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
  /** The override before the change as JSON, `null` where the default held; NULL where the row tells of no override. */
  readonly before: string | null;
  /** The number of the row that this one takes back. */
  readonly undoes: number | null;
}

/** What the first row of a chain stands on. */
export const CHAIN_START = '';

/** What a check of the chain came to. */
export interface ChainCheck {
  readonly rows: number;
  /** What is wrong, for people; null when every row is as it was written. */
  readonly fault: string | null;
}

const IS_CHAINED = `SELECT count(*) FROM pragma_table_info('audit_log') WHERE name = 'hash'`;

const SELECT_ALL = `SELECT seq, at, actor, action, subject, user, "from", "to", reason, before, undoes, hash
  FROM audit_log ORDER BY seq`;

const SELECT_HEAD = `SELECT value FROM settings WHERE name = 'audit_head'`;

/** The hash of an audit row in lower-case hex: SHA-256 over the hash of the row before it and every column. */
export function auditHash(previousHash: string, row: ChainedRow): string {
  const { seq, at, actor, action, subject, user, from, to, reason, before, undoes } = row;
  const cells = [previousHash, seq, at, actor, action, subject, user, from, to, reason, before, undoes];
  return createHash('sha256').update(JSON.stringify(cells)).digest('hex');
}

/** Gives a connection the SQL function `audit_hash`, with which migration 0002 chains the rows of older versions. */
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
 * Reads the whole audit and says whether every row is the one that was written: none changed, none taken out or put
 * in between, none gone from the end (the newest row's hash stands in the settings, too). Works on a read-only
 * connection beside a running gateway. Throws SQLite's error on a damaged file.
 */
export function verifyChain(database: Database): ChainCheck {
  if (database.prepare<[], number>(IS_CHAINED).pluck().get() === 0) {
    return {
      rows: 0,
      fault: 'the audit is of an older version and has no hashes yet; start the gateway once',
    };
  }
  return database.transaction(() => verify(database))();
}

function verify(database: Database): ChainCheck {
  let rows = 0;
  let previous = CHAIN_START;
  let last: number | null = null;
  for (const row of database.prepare<[], ChainedRow & { readonly hash: string }>(SELECT_ALL).iterate()) {
    rows += 1;
    if (auditHash(previous, row) !== row.hash) {
      return { rows, fault: `row ${row.seq} (${row.at}) is not as it was written, or one before it is gone` };
    }
    previous = row.hash;
    last = row.seq;
  }
  if (database.prepare<[], string>(SELECT_HEAD).pluck().get() !== previous) {
    return {
      rows,
      fault: `the newest rows are gone: the last that is left is ${last === null ? 'none' : `row ${last}`}`,
    };
  }
  return { rows, fault: null };
}
