import { ERROR_STATES, type LedgerRow } from '../../protocol/ledger.ts';
import type { Snapshot } from '../../routing/snapshot.ts';
import { MinuteRing, type RecentStats } from './minute-ring.ts';

/** Nodes, and lanes, that are counted; a ring takes 22 kB, from its first request on. */
const NAMES_MAX = 128;

/** What the traffic depends on. */
export interface RecentTrafficPorts {
  readonly snapshot: () => Pick<Snapshot, 'nodes' | 'lanes'>;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
}

/** The requests of each node and lane in the last 30 minutes, in memory. Names come from the configuration alone. */
export class RecentTraffic {
  readonly #nodes: Rings;
  readonly #lanes: Rings;
  readonly #wall: () => number;

  constructor({ snapshot, wall }: RecentTrafficPorts) {
    this.#nodes = new Rings((name) => snapshot().nodes.has(name));
    this.#lanes = new Rings((name) => snapshot().lanes.has(name));
    this.#wall = wall;
  }

  /** Counts a request at its end; rows of running requests are ignored. Hot path: under 0.3 µs. */
  observe({ state, node, lane, startedMs, durationMs }: LedgerRow): void {
    if (state === 'running') return;
    const endedMs = startedMs + (durationMs ?? 0);
    const isError = ERROR_STATES.has(state);
    const settledMs = state === 'settled' ? durationMs : null;
    if (node !== null) this.#nodes.of(node)?.add(endedMs, isError, settledMs);
    if (lane !== null) this.#lanes.of(lane)?.add(endedMs, isError, settledMs);
  }

  /** The requests to a node; null before the first since the start. */
  ofNode(name: string): RecentStats | null {
    return this.#nodes.get(name)?.read(this.#wall()) ?? null;
  }

  /** The requests that a lane served, for itself or for its nodes; null before the first since the start. */
  ofLane(name: string): RecentStats | null {
    return this.#lanes.get(name)?.read(this.#wall()) ?? null;
  }
}

/** A bounded map of rings by name. */
class Rings {
  readonly #rings = new Map<string, MinuteRing>();
  readonly #isKnown: (name: string) => boolean;

  constructor(isKnown: (name: string) => boolean) {
    this.#isKnown = isKnown;
  }

  get(name: string): MinuteRing | undefined {
    return this.#rings.get(name);
  }

  /** The ring of a name, made on first use; undefined for an unknown name, and for one beyond the limit. */
  of(name: string): MinuteRing | undefined {
    return this.#rings.get(name) ?? this.#admit(name);
  }

  #admit(name: string): MinuteRing | undefined {
    if (!this.#isKnown(name)) return undefined;
    if (this.#rings.size >= NAMES_MAX) this.#dropUnknown();
    if (this.#rings.size >= NAMES_MAX) return undefined;
    const ring = new MinuteRing();
    this.#rings.set(name, ring);
    return ring;
  }

  /** Names that were removed from the configuration. */
  #dropUnknown(): void {
    for (const name of this.#rings.keys()) if (!this.#isKnown(name)) this.#rings.delete(name);
  }
}
