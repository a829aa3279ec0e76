import type { LedgerAttempt, LedgerRow } from '../../protocol/ledger.ts';

/** The name of a column; a boolean is stored as 0 or 1, in a column marked as a `flag`. */
type Column<Value> = Value extends boolean ? { readonly flag: string } : string;

/** A column for every field of a row: a field without one, or a column without a field, does not compile. */
type Columns<Row> = { readonly [Field in keyof Row]: Column<Row[Field]> };

/** What a row of the table looks like to SQLite. */
export type Stored<Row> = { readonly [Field in keyof Row]: Row[Field] extends boolean ? number : Row[Field] };

/**
 * The columns of `requests` by their fields. The insert statement, the packed rows and the reading follow this list.
 * Attempts are stored in a table of their own, the plan as the id of its row in `plans`.
 */
export const REQUEST_COLUMNS = {
  id: 'id',
  state: 'state',
  startedAt: 'started_at',
  durationMs: 'duration_ms',
  endpoint: 'endpoint',
  wire: 'wire',
  requested: 'requested',
  node: 'node',
  lane: 'lane',
  target: 'target',
  generation: 'generation',
  user: 'user',
  clientRequestId: 'client_request_id',
  stream: { flag: 'stream' },
  status: 'status',
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  cachedInputTokens: 'cached_input_tokens',
  reasoningTokens: 'reasoning_tokens',
  usageEstimated: { flag: 'usage_estimated' },
  phases: 'phases',
  plan: 'plan_id',
  warnings: 'warnings',
  error: 'error',
  rule: 'rule',
} as const satisfies Columns<Omit<LedgerRow, 'attempts'>>;

/** The columns of `attempts` by their fields; the id of the request, `request_id`, precedes them. */
export const ATTEMPT_COLUMNS = {
  n: 'n',
  target: 'target',
  class: 'class',
  status: 'status',
  startMs: 'start_ms',
  firstByteMs: 'first_byte_ms',
  firstTokenMs: 'first_token_ms',
  durationMs: 'duration_ms',
  possibleDuplicate: { flag: 'possible_duplicate' },
  retryAfterMs: 'retry_after_ms',
  message: 'message',
} as const satisfies Columns<LedgerAttempt>;

type ColumnList = Readonly<Record<string, string | { readonly flag: string }>>;

/** The names of the columns, in order. */
export function columnNames(columns: ColumnList): string[] {
  return Object.values(columns).map(nameOf);
}

/** The columns for a SELECT, each named after its field. `sources`: fields that are not read from their own column. */
export function selectList(columns: ColumnList, sources: Readonly<Record<string, string>> = {}): string {
  return Object.entries(columns)
    .map(([field, column]) => `${sources[field] ?? nameOf(column)} AS ${field}`)
    .join(', ');
}

function nameOf(column: ColumnList[string]): string {
  return typeof column === 'string' ? column : column.flag;
}

function flagFields(columns: ColumnList): string[] {
  return Object.keys(columns).filter((field) => typeof columns[field] !== 'string');
}

/** The boolean fields of `requests`. */
export const REQUEST_FLAGS: readonly string[] = flagFields(REQUEST_COLUMNS);

/** The boolean fields of `attempts`. */
export const ATTEMPT_FLAGS: readonly string[] = flagFields(ATTEMPT_COLUMNS);

/** Converts the flags of a stored row to booleans. */
export function readFlags<Row>(stored: Stored<Row>, flags: readonly string[]): Row {
  const row: Record<string, unknown> = { ...stored };
  for (const field of flags) row[field] = row[field] === 1;
  return row as Row;
}
