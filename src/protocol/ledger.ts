/** State of a request in the ledger; `interrupted`: it was running when the process ended without a shutdown. */
export type RequestState = 'running' | 'settled' | 'partial' | 'client_closed' | 'failed' | 'interrupted';

/** How a request ended. */
export type Outcome = Exclude<RequestState, 'running' | 'interrupted'>;

/** States that count as errors in usage and statistics; a client that has disconnected is none. */
export const ERROR_STATES: ReadonlySet<RequestState> = new Set(['partial', 'failed', 'interrupted']);

/** One accepted request. Written at its end, and once while it runs if it takes longer than 100 ms. */
export interface LedgerRow {
  /** The `x-request-id`; ids made later sort later. */
  readonly id: string;
  readonly state: RequestState;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly durationMs: number | null;
  readonly endpoint: string;
  readonly wire: string;
  /** The name in the request: `node:evaluate`, `gpt-4o`, `auto`. */
  readonly requested: string;
  readonly node: string | null;
  readonly lane: string | null;
  readonly target: string | null;
  /** The rule that moved it to another lane. */
  readonly rule: string | null;
  readonly generation: number;
  readonly user: string | null;
  readonly clientRequestId: string | null;
  readonly stream: boolean;
  /** HTTP status of the reply; null while running, or when the client disconnected before it was sent. */
  readonly status: number | null;
  readonly attempts: readonly LedgerAttempt[];
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  /** The token counts are estimates, at least some of them. */
  readonly usageEstimated: boolean;
  /** When each phase ended, as `PhaseMarks` writes it. */
  readonly phases: string;
  /** JSON: the targets of the plan with their verdicts. */
  readonly plan: string;
  /** JSON: a list of warnings. */
  readonly warnings: string;
  /** JSON: the public error body. */
  readonly error: string | null;
}

/** One attempt of a request; times are milliseconds since the request was received. */
export interface LedgerAttempt {
  readonly n: number;
  readonly target: string;
  /** Failure class; null: it succeeded. */
  readonly class: string | null;
  readonly status: number | null;
  readonly startMs: number;
  readonly firstByteMs: number | null;
  readonly firstTokenMs: number | null;
  readonly durationMs: number | null;
  /** The previous attempt may have been executed, and billed, by its upstream. */
  readonly possibleDuplicate: boolean;
  readonly retryAfterMs: number | null;
  readonly message: string | null;
}
