import type { Registry } from '../registry/registry.ts';
import type { LaneEntry, NodeEntry } from '../routing/snapshot.ts';

/** What an override applies to: a node, or a lane, to whose chain the model bar prepends a model. */
export type AssignmentSubject =
  | { readonly subject: string; readonly kind: 'node'; readonly node: NodeEntry }
  | { readonly subject: string; readonly kind: 'lane'; readonly lane: LaneEntry };

const LANE = 'lane:';

/** The lane that `lane:NAME` names; null for a node's name. */
export function laneNamed(name: string): string | null {
  return name.startsWith(LANE) ? name.slice(LANE.length) : null;
}

/** Looks up `NODE` or `lane:NAME`. Throws 404 with the closest names. */
export function assignmentSubject(name: string, registry: Registry): AssignmentSubject {
  const lane = laneNamed(name);
  if (lane === null) return { subject: name, kind: 'node', node: registry.node(name) };
  return { subject: name, kind: 'lane', lane: registry.lane(lane) };
}
