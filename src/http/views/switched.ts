import { z } from 'zod';

import type { Warning } from '../../protocol/wire.ts';
import type { HttpPorts } from '../ports.ts';
import { assignmentSchema, type AssignmentSources, type AssignmentView } from './assignment.ts';
import { targetSchema, unfitSchema, warningSchema } from './shapes.ts';

/** What a switch, its undo or a reset of one subject answers: the assignment after, and what was before. */
export const switchedSchema = assignmentSchema.extend({
  node: z.string().describe('The node, or `lane:NAME`.'),
  generation: z.int(),
  previous: targetSchema,
  warnings: z.array(warningSchema),
});

/** What a dry run adds: the assignment is the one that would be, the generation the present one. */
export const dryRunSchema = switchedSchema.extend({
  dry_run: z.literal(true),
  fit: z.boolean(),
  reasons: z.array(unfitSchema),
});

/** `switchedSchema` as a type. */
export type SwitchedView = z.infer<typeof switchedSchema>;

/** What views are made of at this moment. */
export function presentState({ execution, registry, clock }: HttpPorts): AssignmentSources {
  return { snapshot: registry.snapshot, registry, health: execution.health, now: clock.now() };
}

/** Shows a change of one subject. */
export function switchedView(
  subject: string,
  generation: number,
  after: AssignmentView,
  previous: AssignmentView,
  warnings: readonly Warning[],
): SwitchedView {
  const { provider, model_id, lane } = previous;
  return {
    node: subject,
    generation,
    ...after,
    previous: { provider, model_id, lane },
    warnings: [...warnings],
  };
}
