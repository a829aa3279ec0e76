/**
 * Everything that outlives the process. Asynchronous, and nothing above it knows SQL, so that another database
 * can stand behind it. A write resolves once it is durable; `StoreUnavailable` when it cannot be.
 */
export interface Store {
  /** What the process needs before it may serve. */
  load(): Promise<StoredState>;
  /** Points a node elsewhere: override, audit row and generation in one transaction. */
  switchNode(change: SwitchChange): Promise<Committed>;
  /** Drops every global override; `subjects` are the nodes that had one. No change: no audit row, same generation. */
  resetNodes(change: ResetChange): Promise<Committed & { readonly subjects: readonly string[] }>;
  /** Notes the effective configuration; a fingerprint other than the stored one is one generation more. */
  noteConfiguration(fingerprint: string, at: string): Promise<Committed>;
  /** Hands ledger rows over without waiting; they are written within 100 ms or 200 rows, whichever is first. */
  record(row: LedgerRow): void;
  /** Newest first, rows that wait for their batch included. */
  listRequests(query: RequestQuery): Promise<RequestPage>;
  getRequest(id: string): Promise<LedgerRow | null>;
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

/** What a gateway starts from. */
export interface StoredState {
  readonly generation: number;
  readonly overrides: readonly StoredOverride[];
  /** The last two targets of each node with their last duration; newest first. */
  readonly durations: readonly StoredDuration[];
}

/** Exactly one of `model` and `lane` is set. */
export interface StoredOverride {
  readonly node: string;
  readonly model: string | null;
  readonly lane: string | null;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** How long a node last took through one target. */
export interface StoredDuration {
  readonly node: string;
  readonly target: string;
  readonly lastMs: number;
  readonly at: string;
}

/** A change of one assignment; dropping an override that is not there changes nothing. */
export interface SwitchChange {
  readonly node: string;
  /** null drops the override: back to the default. */
  readonly to: { readonly model: string | null; readonly lane: string | null } | null;
  /** For the audit row: full model id or `lane:NAME`. */
  readonly fromLabel: string;
  readonly toLabel: string;
  readonly action: 'switch' | 'reset';
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
}

/** A drop of all overrides. */
export interface ResetChange {
  readonly actor: string;
  readonly at: string;
  /** For the audit rows: what each overridden node points at now and by default. */
  readonly labels: Readonly<Record<string, { readonly from: string; readonly to: string }>>;
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
}

/** A page of requests. */
export interface RequestPage {
  readonly requests: readonly LedgerRow[];
  /** Give it as `before` for the next page; null on the last. */
  readonly next: string | null;
}
