import { z } from 'zod';

import type { AuditRow } from '../../store/store.ts';
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
