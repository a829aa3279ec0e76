import { z } from 'zod';

import { ENGINE_MODEL_STATES } from './engine.ts';
import { timeSchema } from './shapes.ts';

const bytes = z.number().nullable();

/** One pool of `GET /api/pools`. */
export const poolSchema = z.object({
  name: z.string(),
  budget_bytes: bytes,
  reserve_bytes: bytes,
  used_bytes: z.number(),
  free_bytes: bytes,
  source: z.enum(['configured', 'amdgpu', 'meminfo']).nullable().describe('Where the budget comes from.'),
  pressure: z
    .number()
    .nullable()
    .describe('Percent of the last 10 s in which some task waited for memory; null: unknown.'),
  temperature_c: z.number().nullable(),
  thermal: z.enum(['normal', 'soft', 'hard']),
  state: z.enum(['ready', 'draining', 'unloading', 'settling', 'loading', 'probing', 'failed']),
  error: z.string().nullable().describe('Why the last switch failed.'),
  switch: z
    .object({
      switch_id: z.string(),
      cause: z.string(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      progress: z.number(),
      started_at: timeSchema,
    })
    .nullable(),
  burst: z
    .object({ lane: z.string(), model: z.string(), displaced: z.array(z.string()) })
    .nullable()
    .describe('The lane that has claimed the pool.'),
  resident: z.array(
    z.object({
      model: z.string(),
      state: z.enum(ENGINE_MODEL_STATES),
      bytes: z.number(),
      in_flight: z.int(),
      pinned: z.boolean(),
      loaded_at: timeSchema.nullable(),
      last_used_at: timeSchema.nullable(),
    }),
  ),
  waiting: z.array(
    z.object({
      model: z.string(),
      requests: z.int(),
      waited_ms: z.int(),
      load_ms: z.number().nullable().describe('What its last load took.'),
      reason: z
        .string()
        .nullable()
        .describe('What keeps it from being loaded; null: its load is all that it waits for.'),
    }),
  ),
});
