import { parseModelId } from '../../protocol/model-id.ts';
import type { Override } from '../../protocol/assignment.ts';
import type { NodeEntry, Snapshot } from '../../routing/snapshot.ts';
import { assignmentLabel, laneOfSubject, type Overrides } from './overrides.ts';

/**
 * One line for each switch to a lane or provider that the configuration no longer has, with what answers instead, and
 * one that counts those of users, whose names come from clients. `snapshot` need not have the overrides applied.
 */
export function lostOverrideWarnings(overrides: Overrides, snapshot: Snapshot): string[] {
  const lines: string[] = [];
  for (const override of overrides.of(null).values()) {
    const lost = lostTarget(override, snapshot);
    const instead = lost === null ? null : insteadOf(override, snapshot);
    if (instead === null) continue;
    const { subject } = override;
    lines.push(
      `${subject}: its switch to ${assignmentLabel(override)} has no effect, because ${lost ?? ''} is not configured; ` +
        `${instead} meanwhile. DELETE /api/debug/models/${subject} removes the switch`,
    );
  }
  const ofUsers = [...overrides].filter(
    (override) => override.user !== null && lostTarget(override, snapshot) !== null,
  ).length;
  if (ofUsers > 0)
    lines.push(
      `${ofUsers === 1 ? '1 switch of a user has' : `${ofUsers} switches of users have`} no effect, because the model's provider is not configured`,
    );
  return lines;
}

/** The missing lane or provider, in words; null for a target that exists. */
function lostTarget({ model, lane }: Override, { lanes, providers }: Snapshot): string | null {
  if (lane !== null) return lanes.has(lane) ? null : `lane ${lane}`;
  const provider = parseModelId(model ?? '')?.provider;
  return provider === undefined || providers.has(provider) ? null : `provider ${provider}`;
}

/** What answers in place of the lost target; null where the node or lane of the switch does not exist either. */
function insteadOf({ subject, lane: lostLane }: Override, snapshot: Snapshot): string | null {
  const laneName = laneOfSubject(subject);
  if (laneName !== null) return snapshot.lanes.has(laneName) ? 'its other models answer' : null;
  const node = snapshot.nodes.get(subject);
  return node === undefined ? null : nodeInstead(node, lostLane, snapshot.defaultLane);
}

function nodeInstead(node: NodeEntry, lostLane: string | null, defaultLane: string): string {
  const [fallback] = node.fallbacks;
  if (fallback !== undefined) return `its fallback ${fallback} answers`;
  // Lanes serve chat only.
  if (node.kind !== 'chat') return 'nothing answers';
  const own = lostLane === null ? node.default.lane : null;
  return `lane ${own ?? defaultLane} answers`;
}
