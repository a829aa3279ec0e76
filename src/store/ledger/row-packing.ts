import type { LedgerRow } from '../../protocol/ledger.ts';
import { ATTEMPT_COLUMNS, REQUEST_COLUMNS } from './columns.ts';

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
const ATTEMPT_FIELDS = Object.keys(ATTEMPT_COLUMNS) as (keyof typeof ATTEMPT_COLUMNS)[];

/** Cells of one request. */
export const REQUEST_WIDTH = REQUEST_FIELDS.length;

/** Cells of one attempt: the id of its request, then its columns. */
export const ATTEMPT_WIDTH = 1 + ATTEMPT_FIELDS.length;

/** The position of each field's cell in a packed request. */
export const REQUEST_CELL = Object.fromEntries(
  REQUEST_FIELDS.map((field, index) => [field, index]),
) as Readonly<Record<keyof typeof REQUEST_COLUMNS, number>>;

/** Packs rows for the worker. */
export function packRows(rows: readonly LedgerRow[]): PackedRows {
  const requests: Cell[] = [];
  const attempts: Cell[] = [];
  const attemptCounts: number[] = [];
  const plans = new Map<string, number>();
  for (const row of rows) {
    let plan = plans.get(row.plan);
    if (plan === undefined) plans.set(row.plan, (plan = plans.size));
    for (const field of REQUEST_FIELDS) requests.push(field === 'plan' ? plan : cellOf(row[field]));
    attemptCounts.push(row.attempts.length);
    for (const attempt of row.attempts) {
      attempts.push(row.id);
      for (const field of ATTEMPT_FIELDS) attempts.push(cellOf(attempt[field]));
    }
  }
  return { count: rows.length, plans: [...plans.keys()], requests, attempts, attemptCounts };
}

function cellOf(value: Cell | boolean): Cell {
  return typeof value === 'boolean' ? Number(value) : value;
}
