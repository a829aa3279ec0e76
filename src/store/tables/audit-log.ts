import { auditHash, type ChainedRow } from '../audit/audit-chain.ts';
import type { Database } from '../files/database.ts';
import type { OverrideKey } from '../../protocol/assignment.ts';
import type { AuditAction, AuditQuery, AuditRow } from '../store.ts';
import type { Settings } from './settings.ts';

const NEXT_SEQ = `SELECT coalesce(max(seq), 0) + 1 FROM audit_log`;

const INSERT = `INSERT INTO audit_log (seq, at, actor, action, subject, user, "from", "to", reason, before, undoes, hash)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * An undo reverts the step it names and all later ones; those steps, and the undo itself, are never undone again. So
 * repeated undo only walks back.
 */
const SELECT_LAST_STEP = `SELECT seq, before FROM audit_log AS step
  WHERE subject = @subject AND user IS @user AND seq < @before AND before IS NOT NULL AND action <> 'undo'
    AND NOT EXISTS (SELECT 1 FROM audit_log AS later
      WHERE later.subject = @subject AND later.user IS @user AND later.undoes <= step.seq AND later.seq > step.seq)
  ORDER BY seq DESC LIMIT 1`;

const SELECT_TO = `SELECT "to" FROM audit_log WHERE subject = ? AND user IS NULL ORDER BY seq DESC LIMIT 1`;

const SELECT_NEWEST = `SELECT seq, at, actor, action, subject, user, "from", "to", reason, hash FROM audit_log
  WHERE seq < ? ORDER BY seq DESC LIMIT ?`;

const SELECT_OF_SUBJECT = `SELECT seq, at, actor, action, subject, user, "from", "to", reason, hash FROM audit_log
  WHERE subject = ? AND user IS NULL AND seq < ? ORDER BY seq DESC LIMIT ?`;

/** An audit row without `seq` and `hash`, which `append` assigns. */
export type AuditEntry = Omit<ChainedRow, 'seq' | 'action'> & { readonly action: AuditAction };

/** A change that can be undone. */
export interface RecordedStep {
  readonly seq: number;
  /** See ChainedRow. */
  readonly before: string;
}

/** The append-only record of changes. */
export class AuditLog {
  readonly #settings: Settings;
  readonly #nextSeq;
  readonly #insert;
  readonly #selectLastStep;
  readonly #selectTo;

  constructor(database: Database, settings: Settings) {
    this.#settings = settings;
    this.#nextSeq = database.prepare<[], number>(NEXT_SEQ).pluck();
    this.#insert = database.prepare(INSERT);
    this.#selectLastStep = database.prepare<[OverrideKey & { readonly before: number }], RecordedStep>(
      SELECT_LAST_STEP,
    );
    this.#selectTo = database.prepare<[string], { readonly to: string | null }>(SELECT_TO);
  }

  /** Appends a row, chained to the previous one. Call it in the transaction of the change that it records. */
  append(entry: AuditEntry): void {
    const { at, actor, action, subject, user, from, to, reason, before, undoes } = entry;
    const seq = Number(this.#nextSeq.get());
    const hash = auditHash(this.#settings.auditHead(), { ...entry, seq });
    this.#insert.run(seq, at, actor, action, subject, user, from, to, reason, before, undoes, hash);
    this.#settings.setAuditHead(hash);
  }

  /** The newest row of a subject; undefined: there is none. */
  newestOf(subject: string): { readonly to: string | null } | undefined {
    return this.#selectTo.get(subject);
  }

  /** The newest change of an override with a `seq` below `before` that has not been undone. */
  lastStep({ subject, user }: OverrideKey, before: number | null): RecordedStep | undefined {
    return this.#selectLastStep.get({ subject, user, before: before ?? Number.MAX_SAFE_INTEGER });
  }
}

/** The subject as shown in audit rows: followed by ` of USER` for a user's own override. */
export function auditSubject({ subject, user }: OverrideKey): string {
  return user === null ? subject : `${subject} of ${user}`;
}

/** An audit row as stored; `subject` does not contain the user. */
export type StoredAuditRow = AuditRow & Pick<ChainedRow, 'user'>;

/** Reads the audit; works on a read-only connection. */
export class AuditReader {
  readonly #selectNewest;
  readonly #selectOfSubject;

  constructor(database: Database) {
    this.#selectNewest = database.prepare<[number, number], StoredAuditRow>(SELECT_NEWEST);
    this.#selectOfSubject = database.prepare<[string, number, number], StoredAuditRow>(SELECT_OF_SUBJECT);
  }

  /** Newest first. */
  newest({ limit, before, subject }: AuditQuery): StoredAuditRow[] {
    const below = before ?? Number.MAX_SAFE_INTEGER;
    return subject === null
      ? this.#selectNewest.all(below, limit)
      : this.#selectOfSubject.all(subject, below, limit);
  }
}
