import { z } from 'zod';

import type { AuditRow } from '../../store/store.ts';
import { timeSchema } from './shapes.ts';

/** One row of the audit (API section 7). */
export const auditEntrySchema = z.object({
  seq: z.int(),
  at: timeSchema,
  actor: z.string(),
  action: z.enum(['switch', 'reset', 'undo', 'expire', 'reload', 'profile', 'provider']),
  subject: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  reason: z.string().nullable(),
  hash: z.string().describe('SHA-256 over this row and the hash of the row before.'),
});

/** A page of the audit, newest first; `next` is the `before` of the next page. */
export const auditPageSchema = z.object({
  entries: z.array(auditEntrySchema),
  next: z.int().nullable(),
});

/** Which page: `before` is the `next` of the page before. */
export const auditQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: z.coerce.number().int().min(1).optional(),
});

/** Shows one row. */
export function auditEntry(row: AuditRow): z.infer<typeof auditEntrySchema> {
  const { seq, at, actor, action, subject, from, to, reason, hash } = row;
  return { seq, at, actor, action, subject, from, to, reason, hash };
}
