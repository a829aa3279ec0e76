import type { AssignmentStore, Committed, NodeDuration, Override } from '../protocol/assignment.ts';
import type { LedgerRow } from '../protocol/ledger.ts';

/**
 * Everything that outlives the process. Asynchronous, and nothing above it knows SQL, so that another database
 * can stand behind it. A write resolves once it is durable; `StoreUnavailable` when it cannot be.
 */
export interface Store extends AssignmentStore {
  /** What the process needs before it may serve. */
  load(): Promise<StoredState>;
  /** Notes the effective configuration; a fingerprint other than the stored one is one generation more. */
  noteConfiguration(change: ConfigurationChange): Promise<Committed>;
  /** Hands ledger rows over without waiting; they are written within 100 ms or 200 rows, whichever is first. */
  record(row: LedgerRow): void;
  /** Newest first, rows that wait for their batch included. */
  listRequests(query: RequestQuery): Promise<RequestPage>;
  getRequest(id: string): Promise<LedgerRow | null>;
  /** Newest first. Read beside the writer, so that a report never delays a switch. */
  listAudit(query: AuditQuery): Promise<AuditPage>;
  /** Totals of the ledger; rows that wait for their batch may be missing. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>;
  /** How the state stands now; no I/O. */
  status(): StoreStatus;
  /** How long ledger rows are kept; older ones, and those beyond the limit, go in the background. */
  setRetention(retention: Retention): void;
  /** Flushes the ledger and closes the database. */
  close(): Promise<void>;
}

/** The database cannot be written (disk full, read-only, gone): the caller keeps serving from its snapshot. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** How the state stands, for `/ready` and the health view. */
export interface StoreStatus {
  /** false: the gateway serves without state, changes and traces are refused. */
  readonly available: boolean;
  /** Why not, for people; null while available. */
  readonly why: string | null;
  /** Ledger rows in memory that are not committed yet. */
  readonly waitingRows: number;
  /** Ledger rows that were given up since start. */
  readonly droppedRows: number;
}

/** Bounds of the ledger (`ledger` of the configuration). */
export interface Retention {
  readonly days: number;
  readonly maxRows: number;
}

/** What a gateway starts from. */
export interface StoredState {
  readonly generation: number;
  readonly overrides: readonly Override[];
  /** The last two targets of each node with their last duration; newest first. */
  readonly durations: readonly NodeDuration[];
}

/** The configuration that holds from now on. */
export interface ConfigurationChange {
  readonly fingerprint: string;
  readonly actor: string;
  /** What is different, for the audit row: `nodes.evaluate, lanes.coder`; null when that is not known. */
  readonly summary: string | null;
  readonly at: string;
}

/** What an audit row tells that something was done. */
export type AuditAction = 'switch' | 'reset' | 'undo' | 'expire' | 'reload' | 'profile' | 'provider';

/** One row of the audit. */
export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: AuditAction;
  /** A node, `lane:NAME` or `configuration`; a user's own override has ` of USER` behind it. */
  readonly subject: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
  /** SHA-256 over this row and the hash of the one before, in hex. */
  readonly hash: string;
}

/** Which page of the audit. */
export interface AuditQuery {
  /** 1 to 500. */
  readonly limit: number;
  /** Only rows with a smaller number. */
  readonly before: number | null;
  /** Only rows of this subject, global ones. */
  readonly subject: string | null;
}

/** A page of the audit. */
export interface AuditPage {
  readonly entries: readonly AuditRow[];
  /** Give it as `before` for the next page; null on the last. */
  readonly next: number | null;
}

/** Totals of which time, and by what. Times are ISO 8601; `from` belongs to it, `to` does not. */
export interface UsageQuery {
  readonly groupBy: 'node' | 'lane' | 'model' | 'user';
  readonly from: string;
  readonly to: string;
}

/** Totals of one group; tokens are null where no request told them, times are milliseconds of whole requests. */
export interface UsageRow {
  /** null: requests that have none, such as those of no node. */
  readonly group: string | null;
  readonly requests: number;
  /** Requests that ended otherwise than `settled`, those that the client left not counted. */
  readonly errors: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** Which page of requests. */
export interface RequestQuery {
  /** 1 to 500. */
  readonly limit: number;
  /** Only rows older than this id. */
  readonly before: string | null;
  /** Each null: any. */
  readonly node: string | null;
  readonly lane: string | null;
  /** Full model id. */
  readonly target: string | null;
  readonly state: LedgerRow['state'] | null;
}

/** A page of requests. */
export interface RequestPage {
  readonly requests: readonly LedgerRow[];
  /** Give it as `before` for the next page; null on the last. */
  readonly next: string | null;
}
