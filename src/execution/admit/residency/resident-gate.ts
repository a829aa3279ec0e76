import { failureOf } from '../../../protocol/failure.ts';
import type { EngineStart, LeaseAnswer, LoadDemand } from '../../../protocol/lease.ts';
import { waitsForLoad } from '../../../routing/residency.ts';
import type { LaneEntry, ModelEntry } from '../../../routing/snapshot.ts';
import type { Clock } from '../../../util/clock.ts';
import type { Held } from '../gate.ts';
import {
  type Admittance,
  type Entrant,
  type Outlook,
  QUEUE_FULL,
  type RefusalCode,
  type TargetGate,
} from '../target-gate.ts';
import { askNow, leaseLane } from './ask.ts';
import { LeasedQueue } from './leased-queue.ts';
import { notResident } from './not-resident.ts';
import type { Residency } from './residency.ts';
import { ResidencyQueue } from './residency-queue.ts';
import { StartQueue } from './start-queue.ts';

/** What the gate of managed models depends on. */
export interface ResidentGatePorts {
  readonly residency: Residency;
  /** The gate of the target's limits, asked once its model is in memory. */
  readonly limits: TargetGate;
  readonly clock: Pick<Clock, 'now'>;
  /** Counts requests that waited for a model in vain, or could not. */
  readonly countRefusal: (target: string, code: RefusalCode) => void;
}

/**
 * The gate of targets whose models Laneway loads and unloads. A request for a model that is not in memory has it loaded:
 * it waits where its lane says so (`wait_while_loading`) or where it names the model itself, else the plan goes on.
 */
export class ResidentGate implements TargetGate {
  readonly #ports: ResidentGatePorts;

  constructor(ports: ResidentGatePorts) {
    this.#ports = ports;
  }

  concerns(target: ModelEntry, lane: LaneEntry | null): boolean {
    const { residency, limits } = this.#ports;
    return (
      limits.concerns(target, lane) || residency.manages(target.id) || residency.starting(target.id) !== null
    );
  }

  tryEnter(target: ModelEntry, entrant: Entrant): Admittance {
    const { residency, limits, clock } = this.#ports;
    const waits = this.#waitsForLoad(target, entrant);
    const start = residency.starting(target.id);
    if (start !== null) return waits ? this.#waitForStart(target, start) : notStarted(start);
    if (!residency.manages(target.id)) return limits.tryEnter(target, entrant);
    const now = clock.now();
    const answer = this.#ask(target, entrant, { deadline: now, demand: waits ? 'none' : entrant.demand });
    if (answer.kind === 'lease') return this.#enterLimits(target, entrant, answer.lease);
    if (answer.kind === 'refused' || !waits) return { kind: 'unavailable', failure: notResident(answer) };
    const wait = {
      target: target.id,
      lane: leaseLane(entrant.lane),
      background: entrant.background,
      onRevoke: revokerOf(entrant),
      deadline: now + entrant.queue.waitMs,
      expectedMs: answer.retryAfterS * 1000,
    };
    const queue = new ResidencyQueue(residency, wait, (lease) => {
      const entered = this.#enterLimits(target, entrant, lease);
      return entered.kind === 'entered' ? entered.pass : null;
    });
    return { kind: 'wait', queue, reason: NOT_LOADED, refused: this.#counter(target) };
  }

  look(target: ModelEntry, entrant: Entrant): Outlook {
    const { residency, limits } = this.#ports;
    const start = residency.starting(target.id);
    if (start !== null) return startOutlook(start, this.#waitsForLoad(target, entrant));
    if (!residency.manages(target.id)) return limits.look(target, entrant);
    const { lane, background } = entrant;
    // Without a claim of the pool, which only a request makes.
    const asLane = lane === null ? null : { name: lane.name, burst: false };
    const answer = askNow(residency, target.id, asLane, { background, deadline: 0, demand: 'none' });
    if (answer.kind === 'lease') {
      answer.lease.release();
      return limits.look(target, entrant);
    }
    const { summary, code, retryAfterMs } = notResident(answer);
    if (answer.kind === 'refused')
      return { kind: 'unavailable', reason: summary, refusal: { code, why: answer.reason, retryAfterMs } };
    const { delay, isQueueFull } = residency.waitOf(target.id);
    const load = { isLoad: true as const, ...(delay === null ? {} : { delay }) };
    if (!this.#waitsForLoad(target, entrant))
      return {
        ...load,
        kind: 'unavailable',
        reason: summary,
        refusal: { code, why: 'loading', retryAfterMs },
      };
    return { ...load, kind: 'wait', reason: NOT_LOADED, ...(isQueueFull ? { refusal: QUEUE_FULL } : {}) };
  }

  #waitForStart({ id }: ModelEntry, { ended, why }: EngineStart): Admittance {
    const queue = new StartQueue(ended, () => `waiting for ${id}; ${why()}`);
    return { kind: 'wait', queue, reason: why(), refused: this.#counter({ id }) };
  }

  #waitsForLoad({ id }: ModelEntry, { lane }: Entrant): boolean {
    return waitsForLoad({ waits: this.#ports.residency.loadsForRequests(id) }, lane);
  }

  #ask(
    target: ModelEntry,
    entrant: Entrant,
    options: { readonly deadline: number; readonly demand: LoadDemand },
  ): LeaseAnswer {
    const { background, lane } = entrant;
    const asked = { background, onRevoke: revokerOf(entrant), ...options };
    return askNow(this.#ports.residency, target.id, leaseLane(lane), asked);
  }

  /** With the lease, which is released if there is no room. */
  #enterLimits(target: ModelEntry, entrant: Entrant, lease: Lease): Admittance {
    const { limits } = this.#ports;
    if (!limits.concerns(target, entrant.lane)) return { kind: 'entered', pass: new LeasedPass(lease, null) };
    const entered = limits.tryEnter(target, entrant);
    if (entered.kind === 'entered') return { kind: 'entered', pass: new LeasedPass(lease, entered.pass) };
    lease.release();
    if (entered.kind === 'unavailable') return entered;
    const queue = new LeasedQueue(entered.queue, (held) => this.#withLease(target, entrant, held));
    return { ...entered, queue };
  }

  #withLease(target: ModelEntry, entrant: Entrant, held: Held): Held | null {
    const answer = this.#ask(target, entrant, { deadline: 0, demand: 'none' });
    if (answer.kind === 'lease') return new LeasedPass(answer.lease, held);
    held.leave();
    return null;
  }

  #counter({ id }: Pick<ModelEntry, 'id'>): (code: RefusalCode) => void {
    return (code) => {
      this.#ports.countRefusal(id, code);
    };
  }
}

const NOT_LOADED = 'is not loaded yet';

/** For a request that does not wait. */
function notStarted({ why, retryAfterMs }: EngineStart): Admittance {
  const failure = failureOf('loading', 'model_loading', `cannot be loaded yet: ${why()}`);
  return { kind: 'unavailable', failure: { ...failure, retryAfterMs } };
}

function startOutlook({ why, retryAfterMs }: EngineStart, waits: boolean): Outlook {
  const load = { reason: why(), isLoad: true as const };
  if (waits) return { ...load, kind: 'wait' };
  return { ...load, kind: 'unavailable', refusal: { code: 'model_loading', why: 'starting', retryAfterMs } };
}

interface Lease {
  release(): void;
}

function revokerOf({ request }: Entrant): () => void {
  return () => request?.cut();
}

/** Room at a target, and its model in memory. */
class LeasedPass implements Held {
  readonly #lease: Lease;
  readonly #held: Held | null;

  constructor(lease: Lease, held: Held | null) {
    this.#lease = lease;
    this.#held = held;
  }

  leave(): void {
    this.#held?.leave();
    this.#lease.release();
  }
}
