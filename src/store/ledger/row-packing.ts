import { compileFunction } from 'node:vm';
import type { LedgerAttempt, LedgerRow } from '../../protocol/ledger.ts';
import { ATTEMPT_COLUMNS, ATTEMPT_FLAGS, REQUEST_COLUMNS, REQUEST_FLAGS } from './columns.ts';

/** A value of a column. */
export type Cell = string | number | null;

/**
 * Ledger rows for the worker: flat arrays, which the structured clone copies in a third of the time that objects or
 * JSON take, and each distinct plan once. A request takes REQUEST_WIDTH cells, an attempt ATTEMPT_WIDTH cells, in the
 * order of `columns.ts`.
 */
export interface PackedRows {
  readonly count: number;
  /** Distinct plans; a request's `plan` cell is an index into them. */
  readonly plans: readonly string[];
  readonly requests: readonly Cell[];
  readonly attempts: readonly Cell[];
  /** How many attempts each request has. */
  readonly attemptCounts: readonly number[];
}

const REQUEST_FIELDS = Object.keys(REQUEST_COLUMNS) as (keyof typeof REQUEST_COLUMNS)[];
const ATTEMPT_FIELDS = Object.keys(ATTEMPT_COLUMNS);

/** Cells of one request. */
export const REQUEST_WIDTH = REQUEST_FIELDS.length;

/** Cells of one attempt: the id of its request, then its columns. */
export const ATTEMPT_WIDTH = 1 + ATTEMPT_FIELDS.length;

/** The position of each field's cell in a packed request. */
export const REQUEST_CELL = Object.fromEntries(
  REQUEST_FIELDS.map((field, index) => [field, index]),
) as Readonly<Record<keyof typeof REQUEST_COLUMNS, number>>;

/** `extra` is the index of the request's plan. */
const packRequest = compilePacker<LedgerRow, number>(
  REQUEST_FIELDS.map((field) => (field === 'plan' ? 'extra' : cellOf(field, REQUEST_FLAGS))),
);

/** `extra` is the id of the attempt's request. */
const packAttempt = compilePacker<LedgerAttempt, string>([
  'extra',
  ...ATTEMPT_FIELDS.map((field) => cellOf(field, ATTEMPT_FLAGS)),
]);

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
    for (const attempt of row.attempts) packAttempt(attempts, attempt, row.id);
  }
  return { count: rows.length, plans: [...plans.keys()], requests, attempts, attemptCounts };
}

/**
 * Compiles a list of expressions over `row` and `extra` to one flat call that appends their values. A loop over the
 * fields takes three times as long (measured: 0.39 µs a row, 0.11 µs compiled or written by hand).
 */
function compilePacker<Row, Extra>(
  expressions: readonly string[],
): (cells: Cell[], row: Row, extra: Extra) => void {
  const body = `cells.push(${expressions.join(', ')});`;
  return compileFunction(body, ['cells', 'row', 'extra']) as (cells: Cell[], row: Row, extra: Extra) => void;
}

function cellOf(field: string, flags: readonly string[]): string {
  return flags.includes(field) ? `row.${field} ? 1 : 0` : `row.${field}`;
}
