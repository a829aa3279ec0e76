import { PLAIN_CHAT } from '../protocol/facts.ts';
import type { Warning } from '../protocol/wire.ts';
import { nearest } from '../util/nearest.ts';
import type { HealthView, Plan, PlanEntry } from './plan.ts';
import { describeChain, reasonOf } from './reason.ts';
import { resolve } from './resolve.ts';
import type { LaneEntry, ModelEntry, NodeEntry, Snapshot } from './snapshot.ts';

/** A node or lane whose assignment was switched, or would be, and its new model; null: the node was put on a lane. */
export type Switched =
  { readonly kind: 'node'; readonly node: NodeEntry } | { readonly kind: 'lane'; readonly lane: LaneEntry };

/** The snapshot with a node or lane as it would be after a switch. */
export function snapshotAfter(of: Switched, snapshot: Snapshot): Snapshot {
  return of.kind === 'node'
    ? { ...snapshot, nodes: new Map(snapshot.nodes).set(of.node.name, of.node) }
    : { ...snapshot, lanes: new Map(snapshot.lanes).set(of.lane.name, of.lane) };
}

/**
 * What a switch to a fit target does not achieve yet: its target is deferred (unreachable, breaker open, cooling down,
 * loading, key refused, missing) or retired, and who answers meanwhile. `snapshot` has the new assignment; `now` is
 * monotonic milliseconds. Empty when the target answers the next request.
 */
export function switchOutlook(of: Switched, snapshot: Snapshot, health: HealthView, now: number): Warning[] {
  const plan = planFor(of, snapshot, health);
  const model = of.kind === 'node' ? of.node.assignment.model : (of.lane.override?.model ?? null);
  if (model === null) return plan.entries[0]?.code === null ? [] : [laneWarning(plan, now)];
  const entry = plan.entries.find(({ link }) => link.target.id === model);
  if (entry === undefined) return [];
  const warnings: Warning[] = [];
  if (entry.deferral !== null) {
    const reason = reasonOf(entry, plan.facts, now) ?? '';
    const near = entry.code === 'missing' ? listedLike(entry.link.target, snapshot) : '';
    const detail = `${entry.link.target.id}: ${reason}${near}; ${meanwhile(plan, entry)}`;
    warnings.push({ code: entry.deferral.code, detail });
  }
  if (entry.link.target.retired) warnings.push(retired(entry.link.target));
  return warnings;
}

/** The plan of a small request to a node or lane. */
export function planFor(of: Switched, snapshot: Snapshot, health: HealthView): Plan {
  const names = of.kind === 'node' ? { node: of.node.name, lane: null } : { node: null, lane: of.lane.name };
  const kind = of.kind === 'node' ? of.node.kind : 'chat';
  const headers = { ...names, hints: [], noFallback: false };
  return resolve({ facts: { ...PLAIN_CHAT, kind }, headers }, snapshot, health);
}

/** A lane none of whose targets is ready. */
function laneWarning(plan: Plan, now: number): Warning {
  const [first] = plan.entries;
  if (first === undefined || !first.eligible)
    return { code: 'no_target', detail: describeChain(plan, new Map(), now) };
  const reason = reasonOf(first, plan.facts, now) ?? '';
  return {
    code: first.code ?? 'unreachable',
    detail: `no target of the lane is ready; ${first.link.target.id}, tried first: ${reason}`,
  };
}

function meanwhile({ entries }: Plan, switched: PlanEntry): string {
  const ready = entries.find(({ code }) => code === null);
  if (ready !== undefined) return `${ready.link.target.id} answers meanwhile`;
  const [first] = entries;
  return first === undefined || first === switched
    ? 'no other target is ready, so it is tried nevertheless'
    : `no target is ready; ${first.link.target.id} is tried first`;
}

function retired({ id, fallbacks }: ModelEntry): Warning {
  const [successor] = fallbacks;
  const advice = successor === undefined ? '' : `; its fallback is ${successor}`;
  return { code: 'retired', detail: `${id} was retired by its vendor and may no longer answer${advice}` };
}

/** The listed model of the same server with the most similar name, as a question; empty when none is similar. */
function listedLike({ modelId, provider }: ModelEntry, { models }: Snapshot): string {
  const listed = [...models.values()].filter((model) => model.provider.id === provider.id && model.inList);
  const [near] = nearest(
    modelId,
    listed.map((model) => model.modelId),
    1,
  );
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}
