import type { GateQueue, GateWaiter, Held } from '../gate.ts';

/**
 * The queue of a target's limits, for a model whose memory is managed: a request that gets room must also get a lease,
 * since the model may have been unloaded while it waited. Without one it gives the room back and asks again.
 */
export class LeasedQueue implements GateQueue {
  readonly #limits: GateQueue;
  readonly #withLease: (held: Held) => Held | null;
  readonly #waiting = new Map<GateWaiter, GateWaiter>();

  constructor(limits: GateQueue, withLease: (held: Held) => Held | null) {
    this.#limits = limits;
    this.#withLease = withLease;
  }

  join(waiter: GateWaiter): boolean {
    const { lane, background, maxWaiting } = waiter;
    const own: GateWaiter = {
      ...{ lane, background, maxWaiting },
      granted: (held) => {
        this.#waiting.delete(waiter);
        const leased = this.#withLease(held);
        if (leased === null) waiter.opened();
        else waiter.granted(leased, this);
      },
      opened: () => {
        this.#waiting.delete(waiter);
        waiter.opened();
      },
    };
    if (!this.#limits.join(own)) return false;
    this.#waiting.set(waiter, own);
    return true;
  }

  quit(waiter: GateWaiter): void {
    const own = this.#waiting.get(waiter);
    this.#waiting.delete(waiter);
    if (own !== undefined) this.#limits.quit(own);
  }

  expectedWaitMs(): number | null {
    return this.#limits.expectedWaitMs();
  }
}
