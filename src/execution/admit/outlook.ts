import type { Plan, PlanEntry } from '../../routing/plan.ts';
import type { LaneEntry, Snapshot } from '../../routing/snapshot.ts';
import { isAlternative } from '../attempt/enter-target.ts';
import type { ExecutionPorts } from '../ports.ts';
import { hasPlace, usageOf } from './limiter.ts';
import { type Entrant, type Occupied, type Outlook, type OutlookRefusal, QUEUE_FULL } from './target-gate.ts';
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
  const delay = found.delay === undefined ? '' : `; ${found.delay}`;
  // Only of the first one it is sure what it means: what becomes of the others depends on how that ends.
  const meaning =
    entry !== plan.entries[0] ? '' : `: ${meaningOf(found, otherOf(found, plan, entrant, ports), entrant)}`;
  if (!isLoad || entry.deferral === null) {
    const reason = isLoad ? (entry.full ?? found.reason) : found.reason;
    return { ...entry, full: reason + delay + meaning };
  }
  // One that is deferred for another reason, such as an unreachable server, is explained by that.
  if (entry.code !== 'loading' || entry.deferral.since !== null) return entry;
  return { ...entry, deferral: { ...entry.deferral, cause: entry.deferral.cause + delay + meaning } };
}

/** Where a request goes that gets no room at the first target, which is `occupied`; null: nowhere. */
function otherOf(occupied: Occupied, plan: Plan, entrant: Entrant, { gate, health }: Ports): string | null {
  const [first, ...others] = plan.entries.slice(0, plan.eligible);
  if (first === undefined || mayWait(occupied)) return null;
  const look = ({ link }: PlanEntry): Outlook =>
    gate.concerns(link.target, entrant.lane) ? gate.look(link.target, entrant) : { kind: 'free' };
  const found = others.find((each) => {
    const outlook = look(each);
    // One that refuses it is left for the next one, whichever that is.
    if (occupied.refusal !== undefined) return outlook.kind === 'free' || outlook.refusal === undefined;
    return isAlternative(each, first, plan, health.residency) && outlook.kind === 'free';
  });
  return found?.link.target.id ?? null;
}

/** Does a request wait for it in any case? */
function mayWait({ kind, refusal }: Occupied): boolean {
  return kind === 'wait' && refusal === undefined;
}

function meaningOf({ kind, isLoad, refusal }: Occupied, other: string | null, entrant: Entrant): string {
  if (other !== null) return `a request goes on to ${other}`;
  if (refusal !== undefined) return answerText(refusal);
  return waits(entrant, kind === 'wait' && isLoad === true ? 'it' : 'room');
}

/** What a request is answered with, and until when as far as that is known. */
function answerText({ code, why, retryAfterMs }: OutlookRefusal): string {
  const answer = `answered with the error ${code}`;
  switch (why) {
    case 'loading':
      return `a request has it loaded, and is ${answer} until it is in memory`;
    case 'starting':
      return `a request is ${answer} until then`;
    case 'queue_full':
      return `no more requests may wait, so a request is ${answer}`;
    case 'load_failed':
      return `a request is ${answer}${retryAfterMs === null ? '' : `; it may be loaded again in ${inSeconds(retryAfterMs)}`}`;
    case 'too_hot':
      return `a request is ${answer} until the machine has cooled down`;
    default:
      return `a request is ${answer}`;
  }
}

function fullLane(
  lane: LaneEntry,
  entrant: Entrant,
  { limiter }: Ports,
): { readonly code: string; readonly detail: string } | null {
  const gate = limiter.laneGate(lane);
  if (gate === null || gate.hasRoom) return null;
  const meaning = hasPlace(gate, entrant) ? waits(entrant, 'room') : answerText(QUEUE_FULL);
  return { code: 'lane_full', detail: `lane ${lane.name}, ${usageOf(gate)}: ${meaning}` };
}

function waits({ queue }: Entrant, what: 'it' | 'room'): string {
  return `a request waits for ${what}, ${inSeconds(queue.waitMs)} at most`;
}
