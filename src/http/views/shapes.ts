import { z } from 'zod';

/** Something that was changed, omitted or overruled. */
export const warningSchema = z.object({ code: z.string(), detail: z.string() });

/** Why a target is unfit. Only facts count; health never makes a target unfit. */
export const unfitSchema = z.object({
  code: z.enum(['not_served', 'needs_key', 'wrong_kind', 'does_not_fit', 'not_allowed']),
  reason: z.string(),
});

/** A model or a lane; for a lane also the model that it would currently select, null when none. */
export const targetSchema = z.object({
  provider: z.string().nullable(),
  model_id: z.string().nullable(),
  lane: z.string().nullable(),
});

/** A time in ISO 8601, UTC. */
export const timeSchema = z.string().meta({ format: 'date-time' });
