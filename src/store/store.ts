/**
 * Everything that outlives the process. Asynchronous, and nothing above it knows SQL, so that another database
 * can stand behind it. A write resolves once it is durable; `StoreUnavailable` when it cannot be.
 */
export interface Store {
  /** What the process needs before it may serve. */
  load(): Promise<StoredState>;
  /** Points a node or a lane elsewhere, or drops its override: override, audit row and generation in one transaction. */
  assign(change: AssignmentChange): Promise<Committed>;
  /** Drops every global override, users' own stay. No change: no audit row, same generation. */
  resetAssignments(change: ResetChange): Promise<Committed & { readonly subjects: readonly string[] }>;
  /** Drops what has expired, globally and for users, one audit row each; one generation for all of it. */
  expireAssignments(change: ExpiryChange): Promise<Committed & { readonly expired: readonly OverrideKey[] }>;
  /**
   * The newest change of a subject that was not taken back yet, among those with a smaller number than `before`; null
   * when there is none.
   */
  lastStep(key: OverrideKey, before: number | null): Promise<AssignmentStep | null>;
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

/** What a change left behind. */
export interface Committed {
  readonly generation: number;
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
  readonly overrides: readonly StoredOverride[];
  /** The last two targets of each node with their last duration; newest first. */
  readonly durations: readonly StoredDuration[];
}

/** Whose override of what. */
export interface OverrideKey {
  /** null: everybody's. */
  readonly user: string | null;
  /** A node by its name, or `lane:NAME`: the model in front of that lane's chain. */
  readonly subject: string;
}

/** An override in force. Exactly one of `model` and `lane` is set; a lane's override is always a model. */
export interface StoredOverride extends OverrideKey {
  readonly model: string | null;
  readonly lane: string | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
  /** ISO 8601; null: it stays. */
  readonly expiresAt: string | null;
}

/** How long a node last took through one target. */
export interface StoredDuration {
  readonly node: string;
  readonly target: string;
  readonly lastMs: number;
  readonly at: string;
}

/** A change of one assignment; dropping an override that is not there changes nothing. */
export interface AssignmentChange extends OverrideKey {
  /** null drops the override: back to the default. */
  readonly to: { readonly model: string | null; readonly lane: string | null } | null;
  /** ISO 8601; null: it stays. */
  readonly expiresAt: string | null;
  /** For the audit row: full model id or `lane:NAME`; null where there is neither (a lane without an override). */
  readonly fromLabel: string | null;
  readonly toLabel: string | null;
  readonly action: 'switch' | 'reset' | 'undo';
  /** With `undo`: the step that is taken back, and all behind it. */
  readonly undoes: number | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** Labels of audit rows by subject: what it points at now and by default. */
export type Labels = Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>;

/** A drop of all global overrides. */
export interface ResetChange {
  readonly actor: string;
  readonly at: string;
  readonly labels: Labels;
}

/** A drop of the overrides whose time is over at `at`; the actor is `expiry`. */
export interface ExpiryChange {
  readonly at: string;
  readonly labels: Labels;
}

/** One change of a subject, as `undo` takes it back. */
export interface AssignmentStep {
  /** Of its audit row. */
  readonly seq: number;
  /** The override before it; null: the default held. */
  readonly before: StoredOverride | null;
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

/** One accepted request. Written once while it runs (when it outlives a batch) and once at its end. */
export interface LedgerRow {
  /** The `x-request-id`; ids made later sort later. */
  readonly id: string;
  readonly state: 'running' | 'settled' | 'partial' | 'client_closed' | 'failed' | 'interrupted';
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly endpoint: string;
  readonly wire: string;
  /** What the caller named: `node:evaluate`, `gpt-4o`, `auto`. */
  readonly requested: string;
  readonly node: string | null;
  readonly lane: string | null;
  readonly target: string | null;
  readonly generation: number;
  readonly user: string | null;
  readonly clientRequestId: string | null;
  readonly stream: boolean;
  /** What the client got; null while running, or when it left before a status. */
  readonly status: number | null;
  readonly attempts: readonly LedgerAttempt[];
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** JSON texts, made by the caller and given back as they were. */
  readonly phases: string;
  readonly plan: string;
  readonly warnings: string;
  /** The error's JSON body, or null. */
  readonly error: string | null;
}

/** One attempt of a request. */
export interface LedgerAttempt {
  readonly n: number;
  readonly target: string;
  readonly class: string | null;
  readonly status: number | null;
  /** Milliseconds since the request came. */
  readonly startMs: number;
  readonly firstByteMs: number | null;
  readonly firstTokenMs: number | null;
  readonly durationMs: number | null;
  readonly possibleDuplicate: boolean;
  readonly retryAfterMs: number | null;
  readonly message: string | null;
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
