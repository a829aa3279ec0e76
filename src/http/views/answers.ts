import { z } from 'zod';

import { ANY_MODEL } from '../../registry/snapshot/environment-targets.ts';
import type { HealthView, Plan } from '../../routing/plan.ts';
import { reasonOf } from '../../routing/reason.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import { planFor, snapshotAfter, type Switched } from '../../routing/switch-outlook.ts';

/** Which model a small request to a node or lane would be sent to now, as in `POST /api/debug/resolve`. */
export const answersSchema = z.object({
  target: z.string().nullable().describe('Full id of the model; null: none.'),
  reason: z.string().nullable().describe('Why it is none, not the assigned one, or not ready; else null.'),
});

/** `answersSchema` as a type. */
export type AnswersView = z.infer<typeof answersSchema>;

/** The model that answers for a node or lane. The snapshot may still lack the given assignment; `now` is monotonic ms. */
export function answersView(of: Switched, snapshot: Snapshot, health: HealthView, now: number): AnswersView {
  const isCurrent =
    of.kind === 'node'
      ? snapshot.nodes.get(of.node.name) === of.node
      : snapshot.lanes.get(of.lane.name) === of.lane;
  const plan = planFor(of, isCurrent ? snapshot : snapshotAfter(of, snapshot), health);
  const [first] = plan.entries;
  if (first === undefined) return { target: null, reason: emptyReason(plan) };
  const { id, modelId, provider } = first.link.target;
  const ownReason = reasonOf(first, plan.facts, now);
  if (!first.eligible) return { target: null, reason: ownReason };
  if (modelId === ANY_MODEL) {
    return { target: null, reason: ownReason ?? `the models of ${provider.name} are not known yet` };
  }
  const assigned = assignedModel(of);
  if (assigned === null || assigned === id) return { target: id, reason: ownReason };
  const entry = plan.entries.find(({ link }) => link.target.id === assigned);
  const why = entry === undefined ? 'it is not configured' : reasonOf(entry, plan.facts, now);
  return { target: id, reason: why === null ? null : `${assigned}: ${why}` };
}

function assignedModel(of: Switched): string | null {
  return of.kind === 'node' ? of.node.assignment.model : (of.lane.override?.model ?? null);
}

/** A node of another kind than chat has no chain when its model was removed: lanes serve chat only. */
function emptyReason({ node, facts }: Plan): string {
  return node !== null && facts.kind !== 'chat' ? 'it has no model' : 'no target is configured';
}
