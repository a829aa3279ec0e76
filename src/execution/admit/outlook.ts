import type { Plan, PlanEntry } from '../../routing/plan.ts';
import type { LaneEntry, Snapshot } from '../../routing/snapshot.ts';
import { isAlternative } from '../attempt/enter-target.ts';
import type { ExecutionPorts } from '../ports.ts';
import { usageOf } from './limiter.ts';
import type { Entrant, Outlook } from './target-gate.ts';
import { inSeconds, queueOf } from './waiting.ts';

type Ports = Pick<ExecutionPorts, 'gate' | 'limiter' | 'health'>;

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

function withFull(entry: PlanEntry, plan: Plan, entrant: Entrant, ports: Ports): PlanEntry {
  const { target } = entry.link;
  if (!entry.eligible || !ports.gate.concerns(target, entrant.lane)) return entry;
  const found = ports.gate.look(target, entrant);
  if (found.kind === 'free') return entry;
  const isLoad = found.isLoad === true;
  // Only of the first one it is sure what it means: what becomes of the others depends on how that ends.
  const meaning =
    entry !== plan.entries[0] ? '' : `: ${meaningOf(found, otherOf(plan, entrant, ports), entrant)}`;
  if (!isLoad || entry.deferral === null) {
    const reason = isLoad ? (entry.full ?? found.reason) : found.reason;
    return { ...entry, full: reason + meaning };
  }
  // One that is deferred for another reason, such as an unreachable server, is explained by that.
  if (entry.code !== 'loading' || entry.deferral.since !== null) return entry;
  return { ...entry, deferral: { ...entry.deferral, cause: entry.deferral.cause + meaning } };
}

/** Where a request goes that finds no room at the first target; null: nowhere. */
function otherOf(plan: Plan, entrant: Entrant, { gate, health }: Ports): string | null {
  const [first, ...others] = plan.entries.slice(0, plan.eligible);
  const isFree = ({ link }: PlanEntry): boolean =>
    !gate.concerns(link.target, entrant.lane) || gate.look(link.target, entrant).kind === 'free';
  const found = others.find(
    (each) =>
      first !== undefined &&
      // After a model that is only to be loaded, deferred targets are tried too.
      (first.code === 'loading' || isAlternative(each, first, plan, health.residency)) &&
      isFree(each),
  );
  return found?.link.target.id ?? null;
}

function meaningOf(
  { kind, isLoad }: Exclude<Outlook, { readonly kind: 'free' }>,
  other: string | null,
  entrant: Entrant,
): string {
  if (kind === 'wait') return waits(entrant, isLoad ? 'it' : 'room');
  if (other !== null) return `a request goes on to ${other}`;
  if (kind === 'full') return waits(entrant, 'room');
  return `a request ${isLoad ? 'has it loaded, and ' : ''}is answered with an error until then`;
}

function fullLane(
  lane: LaneEntry,
  entrant: Entrant,
  { limiter }: Ports,
): { readonly code: string; readonly detail: string } | null {
  const gate = limiter.laneGate(lane);
  if (gate === null || gate.hasRoom) return null;
  return { code: 'lane_full', detail: `lane ${lane.name}, ${usageOf(gate)}: ${waits(entrant, 'room')}` };
}

function waits({ queue }: Entrant, what: 'it' | 'room'): string {
  return `a request waits for ${what}, ${inSeconds(queue.waitMs)} at most`;
}
