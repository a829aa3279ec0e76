import { PLAIN_CHAT } from '../../protocol/facts.ts';
import { parseModelId } from '../../protocol/model-id.ts';
import type { Registry } from '../../registry/registry.ts';
import { modelStatus } from '../../registry/status.ts';
import type { Health } from '../../routing/health.ts';
import { resolve } from '../../routing/resolve.ts';
import type { Assignment, NodeEntry, Snapshot } from '../../routing/snapshot.ts';

/** What stands behind a node now and by default, as `GET /api/debug/models` shows it. */
export interface AssignmentView {
  readonly provider: string | null;
  readonly model_id: string | null;
  readonly lane: string | null;
  readonly is_default: boolean;
  readonly default: TargetView;
  readonly why: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly expires_at: string | null;
  readonly last_duration_ms: number | null;
  readonly durations: readonly { readonly target: string; readonly last_ms: number; readonly at: string }[];
  readonly last_model: { readonly provider: string; readonly model_id: string } | null;
  readonly last_at: string | null;
}

/** A model or a lane; for a lane also the model it would give, where that is known. */
export interface TargetView {
  readonly provider: string | null;
  readonly model_id: string | null;
  readonly lane: string | null;
}

/** Shows one node; `now` is monotonic ms. */
export function assignmentView(
  node: NodeEntry,
  snapshot: Snapshot,
  registry: Registry,
  health: Health,
  now: number,
): AssignmentView {
  const durations = registry.durations.of(node.name);
  const [last] = durations;
  return {
    ...targetView(node, node.assignment, snapshot, health, now),
    is_default: node.override === null,
    default: targetView(node, node.default, snapshot, health, now),
    why: node.why,
    reason: node.override?.reason ?? null,
    actor: node.override?.actor ?? null,
    expires_at: null,
    last_duration_ms: last?.lastMs ?? null,
    durations: durations.map(({ target, lastMs, at }) => ({ target, last_ms: lastMs, at })),
    last_model: last === undefined ? null : idParts(last.target),
    last_at: last?.at ?? null,
  };
}

/** A node on a lane names the target that the lane would give now, null when none (API section 4). */
function targetView(
  node: NodeEntry,
  assignment: Assignment,
  snapshot: Snapshot,
  health: Health,
  now: number,
): TargetView {
  if (assignment.model !== null) return { ...idParts(assignment.model), lane: null };
  const lane = snapshot.lanes.get(assignment.lane ?? '');
  if (lane === undefined) return { provider: null, model_id: null, lane: assignment.lane };
  const plan = resolve(
    { facts: { ...PLAIN_CHAT, kind: node.kind }, headers: laneHeaders(lane.name) },
    snapshot,
    health.at(now),
  );
  const first = plan.eligible > 0 ? plan.entries[0]?.link.target : undefined;
  const parts = first === undefined ? { provider: null, model_id: null } : idParts(first.id);
  return { ...parts, lane: assignment.lane };
}

function idParts(id: string): { provider: string; model_id: string } {
  const parts = parseModelId(id);
  return { provider: parts?.provider ?? '', model_id: parts?.modelId ?? '' };
}

function laneHeaders(lane: string): { node: null; lane: string; hints: []; noFallback: false } {
  return { node: null, lane, hints: [], noFallback: false };
}

/** Every model that a node could be pointed at, with its standing. */
export function availableModels(snapshot: Snapshot, health: Health, now: number): Record<string, unknown>[] {
  return [...snapshot.models.values()].map((model) => ({
    provider: model.provider.id,
    model_id: model.modelId,
    name: model.name ?? model.modelId,
    speed: model.speed,
    status: modelStatus(model, health, now),
    local: model.provider.local,
  }));
}
