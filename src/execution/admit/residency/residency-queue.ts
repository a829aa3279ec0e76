import type { LeaseAnswer, LeaseLane } from '../../../protocol/lease.ts';
import type { GateQueue, GateWaiter, Held } from '../gate.ts';
import { waitText } from './not-resident.ts';
import type { Residency } from './residency.ts';

/** A wait for a model that is not in memory. */
export interface ResidencyWait {
  readonly target: string;
  readonly lane: LeaseLane | null;
  readonly background: boolean;
  /** Monotonic ms. */
  readonly deadline: number;
  readonly onRevoke: () => void;
  /** Milliseconds until the model is expected; null: unknown. */
  readonly expectedMs: number | null;
}

/**
 * The queue of requests for one model, which the pool keeps. A request that gets a lease asks for the target's limits
 * next (`enter`), which may take it, or may have no room: then the request asks again.
 */
export class ResidencyQueue implements GateQueue {
  readonly #residency: Residency;
  readonly #wait: ResidencyWait;
  readonly #enter: (lease: { release(): void }) => Held | null;
  readonly #waiting = new Map<GateWaiter, AbortController>();

  constructor(residency: Residency, wait: ResidencyWait, enter: (lease: { release(): void }) => Held | null) {
    this.#residency = residency;
    this.#wait = wait;
    this.#enter = enter;
  }

  join(waiter: GateWaiter): boolean {
    const cancel = new AbortController();
    const { target, lane, background, deadline, onRevoke } = this.#wait;
    const options = { background, deadline, onRevoke, wait: true, signal: cancel.signal };
    const asked = this.#residency.acquire(target, lane, options);
    if (!(asked instanceof Promise) && asked.kind === 'refused') return false;
    this.#waiting.set(waiter, cancel);
    // A waiter is never answered while it joins.
    void Promise.resolve(asked).then((answer) => {
      this.#answered(waiter, answer);
    });
    return true;
  }

  quit(waiter: GateWaiter): void {
    const cancel = this.#waiting.get(waiter);
    this.#waiting.delete(waiter);
    cancel?.abort();
  }

  expectedWaitMs(): number | null {
    return this.#wait.expectedMs;
  }

  waitsFor(): string {
    const { target } = this.#wait;
    return waitText(target, this.#residency.waitOf(target));
  }

  #answered(waiter: GateWaiter, answer: LeaseAnswer): void {
    const waits = this.#waiting.delete(waiter);
    if (answer.kind !== 'lease') {
      // The next question is answered with the reason.
      if (waits) waiter.opened();
    } else if (!waits) {
      answer.lease.release();
    } else {
      const held = this.#enter(answer.lease);
      if (held === null) waiter.opened();
      else waiter.granted(held, this);
    }
  }
}
