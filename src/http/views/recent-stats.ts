import { z } from 'zod';

import type { RecentStats } from '../metrics/minute-ring.ts';
import { timeSchema } from './shapes.ts';

/** The requests of a node or lane in the last 30 minutes. */
export const recentStatsSchema = z.object({
  requests: z.int(),
  errors: z.int(),
  p50_ms: z
    .number()
    .nullable()
    .describe('From a histogram, off by at most 4.5 %; exact for one request; null: none has settled.'),
  p95_ms: z.number().nullable().describe('Likewise.'),
  minutes: z
    .array(z.object({ at: timeSchema, requests: z.int(), errors: z.int() }))
    .describe('By the minute in which requests ended, oldest first; minutes without requests are left out.'),
});

/** Formats the requests of a node or lane. */
export function recentStatsView(stats: RecentStats | null): z.infer<typeof recentStatsSchema> | null {
  if (stats === null) return null;
  return {
    requests: stats.requests,
    errors: stats.errors,
    p50_ms: stats.p50Ms,
    p95_ms: stats.p95Ms,
    minutes: stats.minutes.map(({ atMs, requests, errors }) => ({
      at: new Date(atMs).toISOString(),
      requests,
      errors,
    })),
  };
}
