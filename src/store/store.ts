import type { AssignmentStore, Committed, NodeDuration, Override } from '../protocol/assignment.ts';
import type { BurstRecord, Footprint, PoolClaim } from '../protocol/engine.ts';
import type { FailureClass } from '../protocol/failure.ts';
import type { LedgerRow } from '../protocol/ledger.ts';
import type { RewrapChange, StoredChange, StoredConfiguration } from '../protocol/stored-configuration.ts';

/**
 * The persistent state. Asynchronous and free of SQL, so that the database can be replaced. A write resolves once it is
 * durable and rejects with `StoreUnavailable` when it cannot be written.
 */
export interface Store extends AssignmentStore {
  /** Loads the state that a start needs. */
  load(): Promise<StoredState>;
  /** Records the effective configuration; a changed fingerprint increments the generation. */
  noteConfiguration(change: ConfigurationChange): Promise<Committed>;
  /** Changes providers, secrets or the active profile. */
  changeConfiguration(change: StoredChange): Promise<Committed>;
  /**
   * Stores secrets whose data keys were encrypted with another master key. No generation: the values stay. The audit row
   * is written with the first part of a rotation.
   */
  rewrapSecrets(change: RewrapChange): Promise<void>;
  /** Records when the key of a stored provider was last checked (ISO 8601). No generation. */
  noteValidation(providerId: string, at: string): Promise<void>;
  /** Keeps what was measured of a model on an engine. No generation. */
  putFootprint(footprint: Footprint): Promise<void>;
  /** Keeps the claim of a memory pool; null: it is over. No generation. */
  putClaim(pool: string, claim: BurstRecord | null): Promise<void>;
  /** Queues a ledger row without waiting; rows are written after 100 ms or 200 rows, whichever comes first. */
  record(row: LedgerRow): void;
  /** Newest first, including rows that are not committed yet. */
  listRequests(query: RequestQuery): Promise<RequestPage>;
  getRequest(id: string): Promise<LedgerRow | null>;
  /** Newest first. Read by a separate thread, so that a report never delays a switch. */
  listAudit(query: AuditQuery): Promise<AuditPage>;
  /** Verifies the hash chain of the whole audit, by the same thread. */
  verifyAudit(): Promise<AuditCheck>;
  /** Totals of the ledger; rows that are not committed yet may be missing. */
  usage(query: UsageQuery): Promise<readonly UsageRow[]>;
  /** The same for spans of equal length, oldest first; those without a request are left out. */
  usageBuckets(query: UsageBucketQuery): Promise<readonly UsageBucket[]>;
  /** How the attempts of each target ended. */
  attemptTotals(span: LedgerSpan): Promise<readonly AttemptTotals[]>;
  /** The current status; no I/O. */
  status(): StoreStatus;
  /** Sets how long ledger rows are kept; rows beyond the bounds are removed in the background. */
  setRetention(retention: Retention): void;
  /** Makes a verified copy of the state file now, as the daily one. Ledger rows of the last 100 ms may be missing. */
  backUp(): Promise<BackupCopy>;
  /** Flushes the ledger and closes the database. */
  close(): Promise<void>;
}

/** A verified copy of the state file. */
export interface BackupCopy {
  readonly path: string;
  readonly bytes: number;
  /** When it was made: ISO 8601 in UTC, to the second. */
  readonly at: string;
}

/** The database cannot be written (disk full, read-only, missing): the caller keeps serving from its snapshot. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** Status of the store, for `/ready` and the health view. */
export interface StoreStatus {
  /** false: the gateway runs without state; changes and traces are rejected. */
  readonly available: boolean;
  /** The reason as text for people; null while available. */
  readonly why: string | null;
  /** Ledger rows in memory, not committed yet. */
  readonly waitingRows: number;
  /** Ledger rows dropped since start. */
  readonly droppedRows: number;
}

/** Bounds of the ledger (`ledger` of the configuration). */
export interface Retention {
  readonly days: number;
  readonly maxRows: number;
}

/** The stored state that a gateway starts from. */
export interface StoredState {
  readonly generation: number;
  readonly overrides: readonly Override[];
  /** The last duration of each node with each of its last two targets; newest first. */
  readonly durations: readonly NodeDuration[];
  readonly configuration: StoredConfiguration;
  readonly engines: StoredEngines;
  /** The number of the newest request's id, above which new ids begin; 0: none. */
  readonly newestRequest: number;
}

/** What is known of engines from earlier runs. */
export interface StoredEngines {
  readonly footprints: readonly Footprint[];
  readonly claims: readonly PoolClaim[];
}

/** The configuration that has become active. */
export interface ConfigurationChange {
  readonly fingerprint: string;
  readonly actor: string;
  /** What changed, for the audit row: `nodes.evaluate, lanes.coder`; null when unknown. */
  readonly summary: string | null;
  readonly at: string;
}

/** The kind of change that an audit row records. */
export type AuditAction = 'switch' | 'reset' | 'undo' | 'expire' | 'reload' | 'profile' | 'provider';

/** One row of the audit. */
export interface AuditRow {
  readonly seq: number;
  readonly at: string;
  readonly actor: string;
  readonly action: AuditAction;
  /** A node, `lane:NAME` or `configuration`; followed by ` of USER` for a user's own override. */
  readonly subject: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string | null;
  /** SHA-256 of this row and the previous row's hash, in hex. */
  readonly hash: string;
}

/** Selects a page of the audit. */
export interface AuditQuery {
  /** 1 to 500. */
  readonly limit: number;
  /** Only rows with a smaller `seq`; null: from the newest. */
  readonly before: number | null;
  /** Only global rows of this subject; null: all rows. */
  readonly subject: string | null;
}

/** A page of the audit. */
export interface AuditPage {
  readonly entries: readonly AuditRow[];
  /** The `before` of the next page; null on the last. */
  readonly next: number | null;
}

/** Result of a check of the audit's hash chain. */
export interface AuditCheck {
  /** Rows read: all, or those up to the first fault. */
  readonly rows: number;
  /** `seq` of the first row that is wrong or missing; null when the audit is intact, or has no hashes yet. */
  readonly brokenAt: number | null;
  /** What is wrong, as text for people; null when the audit is intact. */
  readonly fault: string | null;
}

/** A part of the ledger. Times are ISO 8601; `from` is inclusive, `to` exclusive. */
export interface LedgerSpan {
  readonly from: string;
  readonly to: string;
}

/** Selects totals. */
export interface UsageQuery extends LedgerSpan {
  readonly groupBy: 'node' | 'lane' | 'model' | 'user';
}

/** Selects totals over time. */
export interface UsageBucketQuery extends UsageQuery {
  /** Milliseconds of each bucket; they begin at multiples of it since 1970. */
  readonly bucketMs: number;
  /** Rows returned at most. */
  readonly limit: number;
}

/** Attempts of one target that ended in the same way. */
export interface AttemptTotals {
  /** Full model id. */
  readonly target: string;
  /** null: without a failure. */
  readonly class: FailureClass | null;
  readonly attempts: number;
}

/** Totals of one group; tokens are null when no request reported any, times are milliseconds of whole requests. */
export interface UsageRow {
  /** null: requests without a value, such as those to no node. */
  readonly group: string | null;
  readonly requests: number;
  /** Requests that did not end as `settled`, without those where the client disconnected. */
  readonly errors: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** Totals of one group within one bucket. */
export interface UsageBucket extends UsageRow {
  /** Start of the bucket, in milliseconds since 1970; the first one may begin before `from`. */
  readonly atMs: number;
}

/** Selects a page of requests. */
export interface RequestQuery {
  /** 1 to 500. */
  readonly limit: number;
  /** Only rows with an older id; null: from the newest. */
  readonly before: string | null;
  /** null: any; likewise below. */
  readonly node: string | null;
  readonly lane: string | null;
  /** Full model id. */
  readonly target: string | null;
  readonly state: LedgerRow['state'] | null;
}

/** A page of requests. */
export interface RequestPage {
  readonly requests: readonly LedgerRow[];
  /** The `before` of the next page; null on the last. */
  readonly next: string | null;
}
