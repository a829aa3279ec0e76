import { z } from 'zod';

import type { Warning } from '../../protocol/wire.ts';
import type { HttpPorts } from '../ports.ts';
import { preflightSchema } from '../preflight/preflight.ts';
import {
  assignedSchema,
  assignmentSchema,
  type AssignmentSources,
  type AssignmentView,
} from './assignment.ts';
import { targetSchema, unfitSchema, warningSchema } from './shapes.ts';

/** Reply to a switch, undo or reset of one subject: its new assignment and the previous one. */
export const switchedSchema = assignmentSchema.extend({
  node: z.string().describe('The node, or `lane:NAME`.'),
  generation: z.int(),
  previous: targetSchema.extend({ assigned: assignedSchema }),
  warnings: z.array(warningSchema),
  preflight: preflightSchema.optional().describe('With `preflight` only.'),
});

/** Reply to a dry run: the assignment that would result, with the current generation. */
export const dryRunSchema = switchedSchema.extend({
  dry_run: z.literal(true),
  fit: z.boolean(),
  reasons: z.array(unfitSchema),
});

/** `switchedSchema` as a type. */
export type SwitchedView = z.infer<typeof switchedSchema>;

/** The current sources for views, without any user's overrides. */
export function currentSources({ execution, registry, recent, clock }: HttpPorts): AssignmentSources {
  return { snapshot: registry.snapshot, registry, health: execution.health, recent, now: clock.now() };
}

/** Formats a change of one subject. */
export function switchedView(
  subject: string,
  generation: number,
  after: AssignmentView,
  previous: AssignmentView,
  warnings: readonly Warning[],
): SwitchedView {
  const { provider, model_id, lane, assigned } = previous;
  return {
    node: subject,
    generation,
    ...after,
    previous: { provider, model_id, lane, assigned },
    warnings: [...warnings],
  };
}
