import type { LaneEntry, ModelEntry, Snapshot } from '../../routing/snapshot.ts';
import type { Clock } from '../../util/clock.ts';
import { Gate } from './gate.ts';
import { type Admittance, type Entrant, type Outlook, QUEUE_FULL, type RefusalCode } from './target-gate.ts';

/** What a gate limits: the requests to a provider, to one model of it, or of a lane. */
export type LimitScope = 'provider' | 'target' | 'lane';

/** The state of one limit, for metrics. */
export interface LimitStatus {
  readonly scope: LimitScope;
  /** Id of the provider or the model, or name of the lane. */
  readonly name: string;
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: number;
}

/** A counter of requests without room. */
export interface RefusalCount {
  readonly scope: LimitScope;
  readonly name: string;
  readonly code: RefusalCode;
  value: number;
}

/**
 * The limits of concurrent requests: as configured for providers and lanes, else the slots that a server reports for a
 * model. A request in progress keeps what it has entered; a limit that changes counts from then on, and one that is new
 * does not know of what runs already.
 */
export class Limiter {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #gates: Readonly<Record<LimitScope, Map<string, Gate>>> = {
    provider: new Map(),
    target: new Map(),
    lane: new Map(),
  };
  readonly #refusals = new Map<string, RefusalCount>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** Applies the limits of a new snapshot. Requests that wait go on under them; without a limit all of them go on. */
  update({ providers, models, lanes }: Pick<Snapshot, 'providers' | 'models' | 'lanes'>): void {
    const limits: Record<LimitScope, Map<string, number>> = {
      provider: new Map(),
      target: new Map(),
      lane: new Map(),
    };
    for (const { id, concurrency } of providers.values())
      if (concurrency !== undefined) limits.provider.set(id, concurrency);
    for (const { id, slots, provider } of models.values())
      if (slots !== undefined && provider.concurrency === undefined) limits.target.set(id, slots);
    for (const { name, concurrency } of lanes.values())
      if (concurrency !== undefined) limits.lane.set(name, concurrency);
    this.#apply('provider', limits.provider);
    this.#apply('target', limits.target);
    this.#apply('lane', limits.lane);
  }

  /** Is there a limit for requests to the target? Only reads properties: it is asked before every attempt. */
  concerns({ provider, slots }: ModelEntry): boolean {
    return provider.concurrency !== undefined || slots !== undefined;
  }

  /** Enters the target's gate if there is room in it. */
  tryEnter(target: ModelEntry, entrant: Pick<Entrant, 'usesSlot'>): Admittance {
    const found = this.#gateOf(target, entrant);
    if (found === null) return ENTERED;
    const { gate, scope, name } = found;
    const pass = gate.tryEnter();
    if (pass !== null) return { kind: 'entered', pass };
    const refused = (code: RefusalCode): void => {
      this.countRefusal(scope, name, code);
    };
    return { kind: KINDS[scope], queue: gate, reason: usageOf(gate), refused };
  }

  /** What `tryEnter` would find. */
  look(target: ModelEntry, entrant: Pick<Entrant, 'usesSlot' | 'lane' | 'queue'>): Outlook {
    const found = this.#gateOf(target, entrant);
    if (found === null || found.gate.hasRoom) return { kind: 'free' };
    const occupied = { kind: KINDS[found.scope], reason: usageOf(found.gate) };
    return hasPlace(found.gate, entrant) ? occupied : { ...occupied, refusal: QUEUE_FULL };
  }

  /** The gate of a lane; null: it has no limit. */
  laneGate({ name }: LaneEntry): Gate | null {
    return this.#gates.lane.get(name) ?? null;
  }

  /** Counts a request that got no room. */
  countRefusal(scope: LimitScope, name: string, code: RefusalCode): void {
    const key = `${scope} ${name} ${code}`;
    const count = this.#refusals.get(key);
    if (count === undefined) this.#refusals.set(key, { scope, name, code, value: 1 });
    else count.value += 1;
  }

  /** All limits with their use. */
  status(): LimitStatus[] {
    return SCOPES.flatMap((scope) =>
      [...this.#gates[scope]].map(([name, { limit, inFlight, waiting }]) => ({
        ...{ scope, name, limit, inFlight, waiting },
      })),
    );
  }

  /** How many requests got no room, since the start. */
  refusals(): Iterable<RefusalCount> {
    return this.#refusals.values();
  }

  #gateOf(
    target: ModelEntry,
    { usesSlot }: Pick<Entrant, 'usesSlot'>,
  ): { readonly gate: Gate; readonly scope: 'provider' | 'target'; readonly name: string } | null {
    const { id } = target.provider;
    const ofProvider = this.#gates.provider.get(id);
    if (ofProvider !== undefined) return { gate: ofProvider, scope: 'provider', name: id };
    const ofModel = usesSlot ? this.#gates.target.get(target.id) : undefined;
    return ofModel === undefined ? null : { gate: ofModel, scope: 'target', name: target.id };
  }

  #apply(scope: LimitScope, limits: ReadonlyMap<string, number>): void {
    const gates = this.#gates[scope];
    for (const [name, gate] of gates) {
      if (limits.has(name)) continue;
      gates.delete(name);
      gate.open();
    }
    for (const [name, limit] of limits) {
      const gate = gates.get(name);
      if (gate === undefined) gates.set(name, new Gate(limit, this.#clock));
      else if (gate.limit !== limit) gate.setLimit(limit);
    }
  }
}

const SCOPES = ['provider', 'target', 'lane'] as const;

/**
 * A limit that the operator has set may send requests to other targets. The slots of a server are no such wish: before they
 * were counted here, requests waited in the server, and a burst of three must not be answered by other models.
 */
const KINDS = { provider: 'full', target: 'wait' } as const;

const ENTERED: Admittance = Object.freeze({ kind: 'entered', pass: null });

/** Would the queue of a gate take one more request of this lane? */
export function hasPlace(gate: Gate, { lane, queue }: Pick<Entrant, 'lane' | 'queue'>): boolean {
  return gate.waitingOf(lane?.name ?? '') < queue.max;
}

/** How full a gate is, as one phrase: `1 of 1 requests in flight, 2 waiting`. */
export function usageOf({ inFlight, limit, waiting }: Gate): string {
  const queue = waiting === 0 ? '' : `, ${waiting} waiting`;
  return `${inFlight} of ${limit} requests in flight${queue}`;
}
