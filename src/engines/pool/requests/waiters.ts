/** A request that waits for a model. Times in monotonic ms. */
export interface Waiter {
  readonly id: number;
  readonly target: string;
  readonly lane: string | null;
  readonly background: boolean;
  readonly since: number;
  readonly deadline: number;
}

/** Requests that wait for one model, oldest first. */
export class Waiters {
  readonly #waiting: Waiter[] = [];
  /** How often each lane was served, so that none is served twice in a row while another waits. */
  readonly #turns = new Map<string | null, number>();
  #turn = 0;

  get size(): number {
    return this.#waiting.length;
  }

  /** Oldest first. */
  all(): readonly Waiter[] {
    return this.#waiting;
  }

  add(waiter: Waiter): void {
    this.#waiting.push(waiter);
  }

  /** Takes a waiter out; null: it is not here. */
  remove(id: number): Waiter | null {
    const index = this.#waiting.findIndex((each) => each.id === id);
    return index < 0 ? null : (this.#waiting.splice(index, 1)[0] ?? null);
  }

  /** Takes all out, oldest first. */
  clear(): Waiter[] {
    this.#turns.clear();
    return this.#waiting.splice(0);
  }

  /** Takes those out whose deadline has passed. */
  expired(now: number): Waiter[] {
    if (this.#waiting.every(({ deadline }) => now < deadline)) return [];
    const late = this.#waiting.filter(({ deadline }) => now >= deadline);
    for (const { id } of late) this.remove(id);
    return late;
  }

  /**
   * Takes out whose turn it is: foreground before background, the lane that was served longest ago, its oldest request.
   * A background request that is older than `agedMs` counts as foreground, so that none is starved.
   */
  next(now: number, agedMs: number): Waiter | null {
    const rank = (each: Waiter): number => (each.background && now - each.since < agedMs ? 1 : 0);
    const turn = (each: Waiter): number => this.#turns.get(each.lane) ?? 0;
    const best = this.#waiting.reduce<Waiter | null>(
      (found, each) =>
        found === null || rank(each) < rank(found) || (rank(each) === rank(found) && turn(each) < turn(found))
          ? each
          : found,
      null,
    );
    if (best === null) return null;
    this.#turn += 1;
    this.#turns.set(best.lane, this.#turn);
    this.remove(best.id);
    if (this.#waiting.length === 0) this.#turns.clear();
    return best;
  }
}
