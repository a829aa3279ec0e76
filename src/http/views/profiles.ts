import { z } from 'zod';

import type { Warning } from '../../protocol/wire.ts';
import type { ActivationPreview, ListedProfile, ShownProfile } from '../../registry/profiles/profiles.ts';
import { warningSchema } from './shapes.ts';

/** A part of `models.json`, which the configuration checks itself. */
const configSchema = z
  .record(z.string(), z.unknown())
  .describe('A part of `models.json`: `lanes`, `nodes`, `default_lane`, `aliases`, `rules`, `models`.');

/** One profile of the list. */
export const listedSchema = z.object({
  name: z.string(),
  description: z.string().nullable(),
  source: z.enum(['shipped', 'file']),
  active: z.boolean(),
  problem: z.string().nullable(),
});

/** Reply of `GET /api/profiles`. */
export const profileListSchema = z.object({
  active: z.string().nullable(),
  profiles: z.array(listedSchema),
});

/** Reply with one profile and its content. */
export const profileSchema = listedSchema.extend({
  file: z.string(),
  config: configSchema.nullable(),
  generation: z.int(),
});

/** Body of a new profile. */
export const newProfileSchema = z.strictObject({
  name: z.string(),
  description: z.string().max(500).nullish(),
  config: configSchema,
});

/** Body of a changed profile; `name` may only repeat the one of the path. */
export const changedProfileSchema = newProfileSchema.partial({ name: true });

/** A profile as it is exported; the body of an import. */
export const exportedSchema = z.strictObject({
  laneway_profile: z.int(),
  name: z.string(),
  description: z.string().max(500).nullish(),
  config: configSchema,
});

/** Reply of an export. */
export const exportReplySchema = z.object({
  laneway_profile: z.literal(1),
  name: z.string(),
  description: z.string().nullable(),
  config: configSchema,
});

/** Reply of a deactivation. */
export const activeSchema = z.object({ active: z.string().nullable(), generation: z.int() });

const roomSchema = z.array(warningSchema).describe('Models that it assigns and for which there is no room.');

/** Reply of an activation. */
export const activatedSchema = activeSchema.extend({ warnings: roomSchema });

/** Reply of a dry run. */
export const activationPreviewSchema = z.object({
  dry_run: z.literal(true),
  changes: z.array(
    z.object({
      subject: z.string(),
      from: z.string().nullable(),
      to: z.string().nullable(),
      override: z.string().nullable(),
    }),
  ),
  reasons: z.array(
    z.object({ code: z.enum(['missing_provider', 'invalid', 'runtime_switching_off']), reason: z.string() }),
  ),
  warnings: roomSchema,
});

/** Formats a profile for the list. */
export function listedView({ name, description, source, active, problem }: ListedProfile) {
  return { name, description, source, active, problem };
}

/** Formats a profile with its content. */
export function profileView(profile: ShownProfile, generation: number): z.infer<typeof profileSchema> {
  const { file, config } = profile;
  return { ...listedView(profile), file, config: config === null ? null : { ...config }, generation };
}

/** Formats a dry run. */
export function activationPreviewView(
  { changes, reasons }: ActivationPreview,
  warnings: readonly Warning[],
): z.infer<typeof activationPreviewSchema> {
  return {
    dry_run: true,
    changes: changes.map(({ subject, from, to, override }) => ({ subject, from, to, override })),
    reasons: reasons.map(({ code, reason }) => ({ code, reason })),
    warnings: [...warnings],
  };
}
