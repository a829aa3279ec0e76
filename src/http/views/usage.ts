import { z } from 'zod';

import type { UsageBucket, UsageRow } from '../../store/store.ts';
import { costUsdSchema, UNKNOWN_COST } from './cost.ts';
import { timeSchema } from './shapes.ts';

/** What totals are grouped by. */
export const usageGroupSchema = z.enum(['node', 'lane', 'model', 'user']);

const rowSchema = z.object({
  group: z.string().nullable().describe('The node, lane, model or user; null: requests without one.'),
  requests: z.int(),
  errors: z.int(),
  input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
  cost_usd: costUsdSchema.describe('null: unknown.'),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
});

/** Spans of time that totals can be divided into, with their milliseconds. */
export const BUCKETS_MS = { '5m': 5 * 60_000, hour: 60 * 60_000, day: 24 * 60 * 60_000 } as const;

/** A key of `BUCKETS_MS`. */
export const usageBucketSchema = z.enum(['5m', 'hour', 'day']);

const bucketSchema = rowSchema.extend({ at: timeSchema.describe('Start of the bucket, in UTC.') });

/** Ledger totals from `from` up to, but not including, `to`. */
export const usageSchema = z.object({
  from: timeSchema,
  to: timeSchema,
  group_by: usageGroupSchema,
  rows: z.array(rowSchema),
  buckets: z
    .array(bucketSchema)
    .optional()
    .describe('With `bucket` only: totals of each group and bucket that had a request, oldest first.'),
});

type UsageRowView = z.infer<typeof rowSchema>;
type UsageBucketView = z.infer<typeof bucketSchema>;

const COLUMNS = [
  'group',
  'requests',
  'errors',
  'input_tokens',
  'output_tokens',
  'cost_usd',
  'p50_ms',
  'p95_ms',
] as const satisfies readonly (keyof UsageRowView)[];

/** Formats the totals of one group. */
export function usageRow(row: UsageRow): UsageRowView {
  return {
    group: row.group,
    requests: row.requests,
    errors: row.errors,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    cost_usd: UNKNOWN_COST.usd,
    p50_ms: row.p50Ms,
    p95_ms: row.p95Ms,
  };
}

/** Formats the totals of one group within one bucket. */
export function usageBucket(bucket: UsageBucket): UsageBucketView {
  return { at: new Date(bucket.atMs).toISOString(), ...usageRow(bucket) };
}

/** Formats rows as CSV (RFC 4180) with a header line; unknown values are empty. */
export function usageCsv(rows: readonly UsageRowView[]): string {
  return csv(COLUMNS, rows);
}

/** Formats buckets like rows; the first column is `at`. */
export function usageBucketCsv(buckets: readonly UsageBucketView[]): string {
  return csv(['at', ...COLUMNS], buckets);
}

function csv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, string | number | null>>[],
): string {
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(','));
  return [columns.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/** User names are chosen by callers: an apostrophe keeps spreadsheets from running one as a formula. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
