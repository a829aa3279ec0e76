import { z } from 'zod';

import type { AuditCheck, AuditRow } from '../../store/store.ts';
import { timeSchema } from './shapes.ts';

/** One row of the audit. */
export const auditEntrySchema = z.object({
  seq: z.int(),
  at: timeSchema,
  actor: z.string(),
  action: z.enum(['switch', 'reset', 'undo', 'expire', 'reload', 'profile', 'provider']),
  subject: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  reason: z.string().nullable(),
  hash: z.string().describe('SHA-256 of this row and the hash of the previous row.'),
});

/** A page of the audit, newest first; `next` is the `before` of the next page. */
export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z.int().nullable(),
});

/** Result of a check of the hash chain. */
export const auditCheckSchema = z.object({
  intact: z.boolean(),
  entries: z.int().describe('Rows that were read: all, or those up to the first fault.'),
  broken_at: z.int().nullable().describe('`seq` of the first row that is wrong or missing.'),
  fault: z.string().nullable().describe('What is wrong, in words.'),
});

/** Query of a page: `before` is the `next` of the previous page. */
export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.coerce.number().int().min(1).optional(),
});

/** Formats one row. */
export function auditEntry(row: AuditRow): z.infer<typeof auditEntrySchema> {
  const { seq, at, actor, action, subject, from, to, reason, hash } = row;
  return { seq, at, actor, action, subject, from, to, reason, hash };
}

/** Formats the result of a check. */
export function auditCheckView({ rows, brokenAt, fault }: AuditCheck): z.infer<typeof auditCheckSchema> {
  return { intact: fault === null, entries: rows, broken_at: brokenAt, fault };
}
