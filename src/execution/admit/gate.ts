import type { Clock } from '../../util/clock.ts';

/** At most so many others go before a waiting background request. */
const BEFORE_BACKGROUND = 7;

/** The share of a new duration in their moving average. */
const NEWEST_SHARE = 0.2;

/** Where requests wait for room. */
export interface GateQueue {
  /** Adds a request that found no room; false: too many of its lane wait. */
  join(waiter: GateWaiter): boolean;
  /** Takes a request out of the queue; nothing happens if it is not in it. */
  quit(waiter: GateWaiter): void;
  /** Milliseconds until a request that comes now would have room, by how long others have held it; null: unknown. */
  expectedWaitMs(): number | null;
  /** What those who wait wait for now, in one line, for their heartbeats; absent: nothing is known of it. */
  waitsFor?(): string;
}

/** Room that a request holds. */
export interface Held {
  /** Returns the room; further calls do nothing. */
  leave(): void;
}

/** A request that waits at one gate or at several. */
export interface GateWaiter {
  /** Its lane, by which gates take turns; '' without one. */
  readonly lane: string;
  /** Goes after all others, but is never starved. */
  readonly background: boolean;
  /** Requests of its lane that may wait at one gate. */
  readonly maxWaiting: number;
  /** It got room, which it holds from now on. It has left this queue, and must quit the others. */
  granted(held: Held, by: GateQueue): void;
  /** The gate limits nothing any more: ask again. It has left this gate's queue. */
  opened(): void;
}

/** Room in a gate, held by one request. */
export class Pass implements Held {
  readonly gate: Gate;
  /** Monotonic ms. */
  readonly since: number;
  #isHeld = true;

  constructor(gate: Gate, since: number) {
    this.gate = gate;
    this.since = since;
  }

  leave(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.gate.left(this);
  }
}

/**
 * Lets a limited number of requests through at once; the others wait. Room goes to the lanes in turn, to the oldest
 * request of each, and to background requests when no other waits, but to one of eight at least. A request that waits
 * never finds room taken by a later one.
 */
export class Gate implements GateQueue {
  readonly #clock: Pick<Clock, 'now'>;
  #limit: number;
  #inFlight = 0;
  /** In the order of arrival. */
  readonly #waiting: GateWaiter[] = [];
  /** When a lane's turn was, as a number that grows with each; while requests wait only. */
  readonly #turns = new Map<string, number>();
  /**
   * The same for background requests. If they shared their lanes' turns, a lane that is busy in the foreground would never
   * be the one whose turn was longest ago, and its background requests would starve while other lanes have some.
   */
  readonly #backgroundTurns = new Map<string, number>();
  #turn = 0;
  /** Others that went before a waiting background request since the last of those. */
  #before = 0;
  /** Moving average of how long room is held, in ms; null: none was returned yet. */
  #heldMs: number | null = null;

  /** `limit`: requests at once; 0 holds all until it is opened. */
  constructor(limit: number, clock: Pick<Clock, 'now'>) {
    this.#limit = limit;
    this.#clock = clock;
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whether `tryEnter` would succeed. While requests wait there is no room for others. */
  get hasRoom(): boolean {
    return this.#inFlight < this.#limit && this.#waiting.length === 0;
  }

  /** Enters if there is room; else null. */
  tryEnter(): Pass | null {
    return this.hasRoom ? this.#enter() : null;
  }

  join(waiter: GateWaiter): boolean {
    if (this.waitingOf(waiter.lane) >= waiter.maxWaiting) return false;
    this.#waiting.push(waiter);
    return true;
  }

  quit(waiter: GateWaiter): void {
    const index = this.#waiting.indexOf(waiter);
    if (index >= 0) this.#remove(index);
  }

  /** Changes the limit for requests that have not entered yet. */
  setLimit(limit: number): void {
    this.#limit = limit;
    this.#admit();
  }

  /** Ends the limit: all that wait ask again. */
  open(): void {
    this.#limit = Infinity;
    this.#forgetTurns();
    for (const waiter of this.#waiting.splice(0)) waiter.opened();
  }

  /** Room was returned; called by `Pass.leave`. */
  left({ since }: Pass): void {
    this.#inFlight -= 1;
    const heldMs = this.#clock.now() - since;
    this.#heldMs = this.#heldMs === null ? heldMs : this.#heldMs + NEWEST_SHARE * (heldMs - this.#heldMs);
    this.#admit();
  }

  expectedWaitMs(): number | null {
    if (this.#heldMs === null || this.#limit === 0) return null;
    return (this.#heldMs * (this.#waiting.length + 1)) / this.#limit;
  }

  /** The requests of a lane that wait. */
  waitingOf(lane: string): number {
    let count = 0;
    for (const waiter of this.#waiting) if (waiter.lane === lane) count += 1;
    return count;
  }

  #enter(): Pass {
    this.#inFlight += 1;
    return new Pass(this, this.#clock.now());
  }

  #admit(): void {
    while (this.#inFlight < this.#limit && this.#waiting.length > 0) {
      const waiter = this.#remove(this.#next());
      this.#turnsOf(waiter.background).set(waiter.lane, (this.#turn += 1));
      this.#countBefore(waiter);
      waiter.granted(this.#enter(), this);
    }
  }

  /** The index of the waiter whose turn it is. */
  #next(): number {
    const isBackground = this.#before >= BEFORE_BACKGROUND;
    const preferred = this.#oldestOfNextLane(isBackground);
    return preferred >= 0 ? preferred : this.#oldestOfNextLane(!isBackground);
  }

  /** Among the background requests, or among the others: the oldest one of the lane whose turn was longest ago. */
  #oldestOfNextLane(background: boolean): number {
    let next = -1;
    let nextTurn = Infinity;
    const turns = this.#turnsOf(background);
    for (const [index, waiter] of this.#waiting.entries()) {
      const turn = turns.get(waiter.lane) ?? 0;
      if (waiter.background !== background || turn >= nextTurn) continue;
      next = index;
      nextTurn = turn;
    }
    return next;
  }

  #turnsOf(background: boolean): Map<string, number> {
    return background ? this.#backgroundTurns : this.#turns;
  }

  #forgetTurns(): void {
    this.#turns.clear();
    this.#backgroundTurns.clear();
  }

  #countBefore(next: GateWaiter): void {
    const isPassed = !next.background && this.#waiting.some(({ background }) => background);
    this.#before = isPassed ? this.#before + 1 : 0;
  }

  #remove(index: number): GateWaiter {
    const [waiter] = this.#waiting.splice(index, 1);
    if (waiter === undefined) throw new Error('no waiter at this place');
    // Turns matter only between lanes that wait, and keep no lane of an old configuration.
    if (this.#waiting.length === 0) this.#forgetTurns();
    return waiter;
  }
}
