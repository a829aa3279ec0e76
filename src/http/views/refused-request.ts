import { z } from 'zod';

import type { RefusalEntry } from '../refusals/refusals.ts';
import { errorSchema, requestSummarySchema } from './request-trace.ts';
import { timeSchema } from './shapes.ts';

/** Alike requests that were refused before they had a trace: a summary without what they never got. */
export const refusedRequestSchema = requestSummarySchema.extend({
  id: z.string().describe('The x-request-id of the latest; it has no trace.'),
  state: z.literal('refused'),
  started_at: timeSchema.describe('The latest.'),
  endpoint: z.string().nullable().describe('The path without its query; null: not readable as HTTP.'),
  wire: z.null(),
  requested: z.null(),
  node: z.null(),
  lane: z.null(),
  target: z.null(),
  rule: z.null(),
  generation: z.null(),
  user: z.null(),
  client_request_id: z.null(),
  stream: z.null(),
  status: z.int(),
  error: errorSchema,
  attempts: z.literal(0),
  duration_ms: z.null(),
  input_tokens: z.null(),
  output_tokens: z.null(),
  method: z.string().nullable(),
  user_agent: z.string().nullable().describe('Cut to 100 characters.'),
  client: z.enum(['loopback', 'private', 'public', 'other']).describe("Where the client's address belongs."),
  count: z.int().describe('Number of alike requests: method, path, code, client and user agent.'),
  first_at: timeSchema,
});

/** Formats an entry of the list of refused requests. */
export function refusedRequest(entry: RefusalEntry): z.infer<typeof refusedRequestSchema> {
  return {
    id: entry.id,
    state: 'refused',
    started_at: entry.lastAt,
    endpoint: entry.path,
    ...NEVER_KNOWN,
    status: entry.status,
    error: { ...entry.error },
    method: entry.method,
    user_agent: entry.userAgent,
    client: entry.client,
    count: entry.count,
    first_at: entry.firstAt,
  };
}

const NEVER_KNOWN = {
  wire: null,
  requested: null,
  node: null,
  lane: null,
  target: null,
  rule: null,
  generation: null,
  key: null,
  user: null,
  client_request_id: null,
  stream: null,
  attempts: 0,
  duration_ms: null,
  input_tokens: null,
  output_tokens: null,
} as const;
