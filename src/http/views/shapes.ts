import { z } from 'zod';

/** Something that was changed, left out or overruled on the way. */
export const warningSchema = z.object({ code: z.string(), detail: z.string() });

/** Why a target does not suit, by fact; moods never make it unfit. */
export const unfitSchema = z.object({
  code: z.enum(['not_served', 'needs_key', 'wrong_kind', 'does_not_fit', 'not_allowed']),
  reason: z.string(),
});

/** A model or a lane; for a lane also the model that it would give now, null when none. */
export const targetSchema = z.object({
  provider: z.string().nullable(),
  model_id: z.string().nullable(),
  lane: z.string().nullable(),
});

/** A moment in ISO 8601, UTC. */
export const timeSchema = z.string().meta({ format: 'date-time' });
