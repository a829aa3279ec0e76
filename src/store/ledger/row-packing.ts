import type { LedgerAttempt, LedgerRow } from '../../protocol/ledger.ts';

/** What a column can hold on its way to SQLite. */
export type Cell = string | number | null;

/**
 * Ledger rows on their way to the worker: flat arrays, which the structured clone copies in a third of the time that
 * objects or JSON take, and each distinct plan once. Each request is REQUEST_WIDTH cells, each attempt ATTEMPT_WIDTH cells; the cells stand in
 * the order of the insert statements in `tables/`.
 */
export interface PackedRows {
  readonly count: number;
  /** Distinct plans; a request's cell is its plan's place in here. */
  readonly plans: readonly string[];
  readonly requests: readonly Cell[];
  readonly attempts: readonly Cell[];
  /** How many attempts each request has. */
  readonly attemptCounts: readonly number[];
}

/** Cells of one request. */
export const REQUEST_WIDTH = 23;

/** Cells of one attempt. */
export const ATTEMPT_WIDTH = 12;

/** Where the cells stand that `ledger.ts` looks at. */
export const REQUEST_CELL = {
  state: 1,
  startedAt: 2,
  durationMs: 3,
  node: 7,
  target: 9,
  status: 14,
  plan: 20,
} as const;

/** Packs rows for the worker. */
export function packRows(rows: readonly LedgerRow[]): PackedRows {
  const requests: Cell[] = [];
  const attempts: Cell[] = [];
  const attemptCounts: number[] = [];
  const plans = new Map<string, number>();
  for (const row of rows) {
    let plan = plans.get(row.plan);
    if (plan === undefined) plans.set(row.plan, (plan = plans.size));
    packRequest(requests, row, plan);
    attemptCounts.push(row.attempts.length);
    for (const attempt of row.attempts) packAttempt(attempts, row.id, attempt);
  }
  return { count: rows.length, plans: [...plans.keys()], requests, attempts, attemptCounts };
}

function packRequest(cells: Cell[], row: LedgerRow, plan: number): void {
  cells.push(
    row.id,
    row.state,
    row.startedAt,
    row.durationMs,
    row.endpoint,
    row.wire,
    row.requested,
    row.node,
    row.lane,
    row.target,
    row.generation,
    row.user,
    row.clientRequestId,
    row.stream ? 1 : 0,
    row.status,
    row.inputTokens,
    row.outputTokens,
    row.cachedInputTokens,
    row.reasoningTokens,
    row.phases,
    plan,
    row.warnings,
    row.error,
  );
}

function packAttempt(cells: Cell[], requestId: string, attempt: LedgerAttempt): void {
  cells.push(
    requestId,
    attempt.n,
    attempt.target,
    attempt.class,
    attempt.status,
    attempt.startMs,
    attempt.firstByteMs,
    attempt.firstTokenMs,
    attempt.durationMs,
    attempt.possibleDuplicate ? 1 : 0,
    attempt.retryAfterMs,
    attempt.message,
  );
}
