/**
 * How a request is stored in a row of `requests`: the one place that writes and reads it. A change of what is written
 * needs a migration, because rows have no version of their own.
 *
 * `times` is text: whole microseconds since the request was received. First when each phase ended, as
 * `LedgerRow.phases` has it, and after a `;` start, first byte, first token and duration of the only attempt, empty where
 * there was none: `210,95,230,241,250,1510,1523,1600,1612;252,1490,,1260`. That attempt has the target and the status of
 * the request. If there were other attempts than that, `times` ends with the phases.
 *
 * `more` is JSON, NULL for most requests: the fields of `More`, null where there is nothing to add.
 */
import type { LedgerAttempt, LedgerRow } from '../../protocol/ledger.ts';
import { requestId, requestNumber } from '../../util/request-id.ts';
import type { RequestKind } from './request-kind.ts';

/** A value of a column. */
export type Cell = string | number | null;

/** The columns of `requests`, in the order of `pushCells`; `kind_id` is the second. */
export const REQUEST_COLUMNS = [
  'id',
  'kind_id',
  'started_ms',
  'duration_us',
  'input_tokens',
  'output_tokens',
  'cached_input_tokens',
  'reasoning_tokens',
  'user',
  'times',
  'more',
] as const;

/** Cells of one request. */
export const REQUEST_WIDTH = REQUEST_COLUMNS.length;

/** The position of each column in a request's cells. */
export const REQUEST_CELL = { kind: 1, startedMs: 2, durationUs: 3 } as const;

/** A stored request with its kind. */
export interface StoredRequest extends Omit<RequestKind, 'stream' | 'usageEstimated'> {
  readonly number: number;
  readonly stream: number;
  readonly usageEstimated: number;
  readonly startedMs: number;
  readonly durationUs: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly user: string | null;
  readonly times: string;
  readonly more: string | null;
}

/** What few requests have. */
interface More extends Pick<LedgerRow, 'clientRequestId' | 'error'> {
  /** null: the one in `times`. */
  readonly attempts: LedgerRow['attempts'] | null;
  /** null: none. */
  readonly warnings: string | null;
}

/** Adds the cells of a request; `kind` identifies its kind. */
export function pushCells(cells: Cell[], row: LedgerRow, kind: number): void {
  const only = onlyAttempt(row);
  cells.push(
    requestNumber(row.id),
    kind,
    row.startedMs,
    row.durationMs === null ? null : toUs(row.durationMs),
    row.inputTokens,
    row.outputTokens,
    row.cachedInputTokens,
    row.reasoningTokens,
    row.user,
    only === null ? row.phases : `${row.phases};${timesOf(only)}`,
    moreOf(row, only),
  );
}

function moreOf(row: LedgerRow, only: LedgerAttempt | null): string | null {
  const { clientRequestId, error } = row;
  const attempts = only === null ? row.attempts : null;
  const warnings = row.warnings === '[]' ? null : row.warnings;
  if (clientRequestId === null && attempts === null && warnings === null && error === null) return null;
  return JSON.stringify({ clientRequestId, attempts, warnings, error } satisfies More);
}

const NOTHING_MORE: More = { clientRequestId: null, attempts: null, warnings: null, error: null };

/** The request that was stored. */
export function rowOf(stored: StoredRequest): LedgerRow {
  const { number, mark, stream, usageEstimated, durationUs, times, more, ...same } = stored;
  const [phases = '', only = ''] = times.split(';');
  const { clientRequestId, attempts, warnings, error }: More =
    more === null ? NOTHING_MORE : (JSON.parse(more) as More);
  return {
    ...same,
    id: requestId(number, mark),
    stream: stream === 1,
    usageEstimated: usageEstimated === 1,
    durationMs: durationUs === null ? null : durationUs / 1000,
    phases,
    attempts: attempts ?? [attemptOf(only, stored)],
    warnings: warnings ?? '[]',
    clientRequestId,
    error,
  };
}

/** The attempt of a request that has only one, if everything else about it follows from the request. */
function onlyAttempt({ attempts, target, status }: LedgerRow): LedgerAttempt | null {
  const [first] = attempts;
  const follows =
    attempts.length === 1 &&
    first?.n === 1 &&
    first.class === null &&
    first.target === target &&
    first.status === status &&
    !first.possibleDuplicate &&
    first.retryAfterMs === null &&
    first.message === null;
  return follows ? first : null;
}

function timesOf({ startMs, firstByteMs, firstTokenMs, durationMs }: LedgerAttempt): string {
  return `${toUs(startMs)},${timeOf(firstByteMs)},${timeOf(firstTokenMs)},${timeOf(durationMs)}`;
}

function attemptOf(times: string, { target, status }: StoredRequest): LedgerAttempt {
  const [startMs, firstByteMs, firstTokenMs, durationMs] = times.split(',').map(msOf);
  return {
    n: 1,
    target: target ?? '',
    class: null,
    status,
    startMs: startMs ?? 0,
    firstByteMs: firstByteMs ?? null,
    firstTokenMs: firstTokenMs ?? null,
    durationMs: durationMs ?? null,
    possibleDuplicate: false,
    retryAfterMs: null,
    message: null,
  };
}

/** Times have microsecond precision (`roundMs`), so nothing is lost. */
function toUs(ms: number): number {
  return Math.round(ms * 1000);
}

function timeOf(ms: number | null): string {
  return ms === null ? '' : String(toUs(ms));
}

function msOf(time: string): number | null {
  return time === '' ? null : Number(time) / 1000;
}
