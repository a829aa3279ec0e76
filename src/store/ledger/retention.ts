import { stat } from 'node:fs/promises';
import type { TrimBound } from './ledger.ts';
import type { Log } from '../../protocol/log.ts';
import type { Retention } from '../store.ts';

/** Pause between two transactions, in milliseconds, so that switches and batches can run in between. */
const PAUSE_MS = 25;

/** Lower bound of a row's size in bytes, so that the rows of a small file need not be counted. */
const ROW_BYTES_MIN = 40;

const DAY_MS = 86_400_000;

/** What the retention depends on. */
export interface RetentionPorts {
  /** The state file. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** Removes some of the oldest rows in one transaction; true when there may be more. */
  readonly trim: (bound: TrimBound) => Promise<boolean>;
  /** The number of the newest request that is not among the newest `count`; null if there are not more than `count`. */
  readonly newestBeyond: (count: number) => Promise<number | null>;
}

/** Keeps the ledger within its bounds by small transactions in the background. Later rows reuse the space. */
export class LedgerRetention {
  readonly #ports: RetentionPorts;
  #retention: Retention;
  #running: Promise<void> | null = null;
  /** The bounds have changed since the current run began. */
  #changed = false;
  #stopped = false;

  constructor(retention: Retention, ports: RetentionPorts) {
    this.#retention = retention;
    this.#ports = ports;
  }

  /** Sets the bounds and applies them at once. */
  set(retention: Retention): void {
    this.#retention = retention;
    this.#changed = true;
    void this.run();
  }

  /** Removes the rows beyond the bounds. Resolves when done; never rejects. Concurrent calls share one run. */
  run(): Promise<void> {
    this.#running ??= this.#runAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** No transaction begins after this. */
  stop(): void {
    this.#stopped = true;
  }

  async #runAll(): Promise<void> {
    try {
      do {
        this.#changed = false;
        await this.#runOnce(this.#retention);
      } while (this.#isChanged());
    } catch (error) {
      if (this.#stopped) return;
      this.#ports.log.warn(
        {
          why: error instanceof Error ? error.message : String(error),
        },
        'expired ledger rows could not be removed; the next cleanup will retry',
      );
    }
  }

  async #runOnce({ days, maxRows }: Retention): Promise<void> {
    const { path, now, trim, newestBeyond } = this.#ports;
    const startedBefore = now() - days * DAY_MS;
    const { size } = await stat(path);
    const upTo = size / ROW_BYTES_MIN > maxRows && !this.#stopped ? await newestBeyond(maxRows) : null;
    while (!this.#stopped && !this.#changed && (await trim({ startedBefore, upTo }))) await pause();
  }

  /** A method, because the fields may change while a run waits. */
  #isChanged(): boolean {
    return this.#changed && !this.#stopped;
  }
}

/** Does not keep the process alive. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PAUSE_MS).unref();
  });
}
