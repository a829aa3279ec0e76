import type { DailyCopy } from './backup/daily-copy.ts';
import type { LedgerRetention } from './ledger/retention.ts';
import type { Retention } from './store.ts';

/** When the chores are done, in milliseconds after the start and after each other. */
export interface MaintenanceTimes {
  readonly firstMs: number;
  readonly everyMs: number;
}

/** Not while a start, or a test's short life, has better to do. */
export const UPKEEP_TIMES: MaintenanceTimes = { firstMs: 30_000, everyMs: 3_600_000 };

/** The hourly chores of an open store: the bounds of the ledger, the daily copy. Its timer keeps no process alive. */
export class Maintenance {
  readonly #retention: LedgerRetention;
  readonly #copy: DailyCopy;
  readonly #times: MaintenanceTimes;
  #timer: NodeJS.Timeout;

  constructor(retention: LedgerRetention, copy: DailyCopy, times: MaintenanceTimes = UPKEEP_TIMES) {
    this.#retention = retention;
    this.#copy = copy;
    this.#times = times;
    this.#timer = setTimeout(this.#onTimer, times.firstMs).unref();
  }

  /** Other bounds of the ledger; what is beyond them goes at once. */
  setRetention(retention: Retention): void {
    this.#retention.set(retention);
  }

  /** Stops all of it; a copy that is going on is given up. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#retention.stop();
    await this.#copy.stop();
  }

  readonly #onTimer = (): void => {
    this.#timer = setTimeout(this.#onTimer, this.#times.everyMs).unref();
    void this.#retention.run();
    void this.#copy.run();
  };
}
