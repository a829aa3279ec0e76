import { z } from 'zod';

import type { UsageRow } from '../../store/store.ts';
import { timeSchema } from './shapes.ts';

/** By what totals are made. */
export const usageGroupSchema = z.enum(['node', 'lane', 'model', 'user']);

const rowSchema = z.object({
  group: z.string().nullable().describe('null: requests that have none.'),
  requests: z.int(),
  errors: z.int(),
  input_tokens: z.int().nullable(),
  output_tokens: z.int().nullable(),
  cost_usd: z.number().nullable().describe('null: not known.'),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
});

/** Totals of the ledger from `from` up to but not including `to`. */
export const usageSchema = z.object({
  from: timeSchema,
  to: timeSchema,
  group_by: usageGroupSchema,
  rows: z.array(rowSchema),
});

type UsageRowView = z.infer<typeof rowSchema>;

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

/** Shows the totals of one group. */
export function usageRow(row: UsageRow): UsageRowView {
  return {
    group: row.group,
    requests: row.requests,
    errors: row.errors,
    input_tokens: row.inputTokens,
    output_tokens: row.outputTokens,
    cost_usd: null,
    p50_ms: row.p50Ms,
    p95_ms: row.p95Ms,
  };
}

/** The same as CSV (RFC 4180) with a line of names; what is not known is empty. */
export function usageCsv(rows: readonly UsageRowView[]): string {
  const lines = rows.map((row) => COLUMNS.map((column) => cell(row[column])).join(','));
  return [COLUMNS.join(','), ...lines].map((line) => `${line}\r\n`).join('');
}

/** Users name themselves: a spreadsheet must not take a name for a formula, so such a one gets an apostrophe. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
