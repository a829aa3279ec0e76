import { z } from 'zod';

import { timeSchema } from './shapes.ts';

/** States of a model on an engine. */
export const ENGINE_MODEL_STATES = ['unloaded', 'loading', 'loaded', 'unloading', 'failed'] as const;

/** One engine of `GET /api/engines`. */
export const engineSchema = z.object({
  provider: z.string(),
  type: z.string(),
  driver: z
    .enum(['router', 'process', 'ollama', 'command', 'none'])
    .describe('How Laneway acts on it; `none`: it is only observed.'),
  state: z.enum(['stopped', 'starting', 'running', 'stopping', 'unreachable']),
  version: z.string().nullable(),
  verbs: z.array(z.enum(['load', 'unload'])),
  models: z.array(
    z.object({
      model_id: z.string(),
      state: z.enum(ENGINE_MODEL_STATES),
      estimate_bytes: z.number().nullable(),
      footprint_bytes: z.number().nullable().describe('As measured; null: not measured yet.'),
      context_length: z.int().nullable().describe('Of the loaded model, in tokens.'),
      loaded_at: timeSchema.nullable(),
      last_used_at: timeSchema.nullable(),
      in_flight: z.int(),
      pinned: z.boolean(),
      error: z.string().nullable().describe('Why its last load failed.'),
    }),
  ),
  unreadable: z
    .array(z.object({ file: z.string(), error: z.string().describe('Follows the name of the file.') }))
    .optional()
    .describe('Files in its `models_dir` that cannot be used; absent: none.'),
});
