import type { Copy } from './backup/copies.ts';
import type { DailyCopy } from './backup/daily-copy.ts';
import type { LedgerRetention } from './ledger/retention.ts';
import type { Retention } from './store.ts';

/** When maintenance runs: milliseconds after the start, and between runs. */
export interface MaintenanceTimes {
  readonly firstMs: number;
  readonly everyMs: number;
}

/** The first run waits until the gateway has started. */
export const MAINTENANCE_TIMES: MaintenanceTimes = { firstMs: 30_000, everyMs: 3_600_000 };

/** Runs the hourly maintenance of an open store: ledger retention and the daily copy. Does not keep the process alive. */
export class Maintenance {
  readonly #retention: LedgerRetention;
  readonly #copy: DailyCopy;
  readonly #times: MaintenanceTimes;
  #timer: NodeJS.Timeout;

  constructor(retention: LedgerRetention, copy: DailyCopy, times: MaintenanceTimes = MAINTENANCE_TIMES) {
    this.#retention = retention;
    this.#copy = copy;
    this.#times = times;
    this.#timer = setTimeout(this.#onTimer, times.firstMs).unref();
  }

  /** Sets the bounds of the ledger and removes the rows beyond them at once. */
  setRetention(retention: Retention): void {
    this.#retention.set(retention);
  }

  /** Makes a copy of the state file now. Rejects with `StoreUnavailable`. */
  backUp(): Promise<Copy> {
    return this.#copy.make();
  }

  /** Stops maintenance; a copy in progress is cancelled. */
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
