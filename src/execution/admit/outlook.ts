import type { Plan, PlanEntry } from '../../routing/plan.ts';
import type { LaneEntry, Snapshot } from '../../routing/snapshot.ts';
import { isAlternative } from '../attempt/enter-target.ts';
import type { ExecutionPorts } from '../ports.ts';
import { usageOf } from './limiter.ts';
import type { Entrant, Outlook } from './target-gate.ts';
import { inSeconds, queueOf } from './waiting.ts';

type Ports = Pick<ExecutionPorts, 'gate' | 'limiter'>;

/** The plan with what full or loading targets, and a full lane, would mean for a request now. Takes no room. */
export function withOutlook(plan: Plan, snapshot: Snapshot, ports: Ports): Plan {
  const entrant = {
    lane: plan.lane,
    queue: queueOf(plan.lane, snapshot),
    background: false,
    demand: 'none' as const,
    request: null,
    usesSlot: true,
  };
  const entries = plan.entries.map((entry) => withFull(entry, plan, entrant, ports));
  const warning = plan.lane === null ? null : fullLane(plan.lane, entrant, ports);
  return { ...plan, entries, warnings: warning === null ? plan.warnings : [...plan.warnings, warning] };
}

function withFull(entry: PlanEntry, plan: Plan, entrant: Entrant, { gate }: Ports): PlanEntry {
  const { target } = entry.link;
  if (!entry.eligible || !gate.concerns(target, entrant.lane)) return entry;
  const found = gate.look(target, entrant);
  if (found.kind === 'free') return entry;
  // Only of the first one it is sure what it means: what becomes of the others depends on how that ends.
  if (entry !== plan.entries[0]) return { ...entry, full: found.reason };
  const other = plan.entries
    .slice(1, plan.eligible)
    .find(
      (each) =>
        isAlternative(each, entry, plan) &&
        (!gate.concerns(each.link.target, entrant.lane) ||
          gate.look(each.link.target, entrant).kind === 'free'),
    );
  return { ...entry, full: `${found.reason}: ${meaningOf(found.kind, other, entrant)}` };
}

function meaningOf(
  kind: Exclude<Outlook['kind'], 'free'>,
  other: PlanEntry | undefined,
  entrant: Entrant,
): string {
  if (kind !== 'wait' && other !== undefined) return `a request goes on to ${other.link.target.id}`;
  return kind === 'unavailable' ? 'a request is answered with an error until then' : waits(entrant);
}

function fullLane(
  lane: LaneEntry,
  entrant: Entrant,
  { limiter }: Ports,
): { readonly code: string; readonly detail: string } | null {
  const gate = limiter.laneGate(lane);
  if (gate === null || gate.hasRoom) return null;
  return { code: 'lane_full', detail: `lane ${lane.name}, ${usageOf(gate)}: ${waits(entrant)}` };
}

function waits({ queue }: Entrant): string {
  return `a request waits for room, ${inSeconds(queue.waitMs)} at most`;
}
