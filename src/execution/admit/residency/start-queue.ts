import type { GateQueue, GateWaiter } from '../gate.ts';

/** Requests that wait for the start of an engine. At its end they ask again, whether it has succeeded or not. */
export class StartQueue implements GateQueue {
  readonly #started: Promise<void>;
  readonly #what: () => string;
  readonly #waiting = new Set<GateWaiter>();

  /** `started` must not reject; `what` they wait for, for their heartbeats. */
  constructor(started: Promise<void>, what: () => string) {
    this.#started = started;
    this.#what = what;
  }

  join(waiter: GateWaiter): boolean {
    this.#waiting.add(waiter);
    void this.#started.then(() => {
      if (this.#waiting.delete(waiter)) waiter.opened();
    });
    return true;
  }

  quit(waiter: GateWaiter): void {
    this.#waiting.delete(waiter);
  }

  expectedWaitMs(): number | null {
    return null;
  }

  waitsFor(): string {
    return this.#what();
  }
}
