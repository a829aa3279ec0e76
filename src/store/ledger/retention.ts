import { stat } from 'node:fs/promises';
import type { TrimBound } from './ledger.ts';
import type { Log } from '../../protocol/log.ts';
import type { Retention } from '../store.ts';

/** Between two bites, so that switches and batches come in between. */
const PAUSE_MS = 25;

/** No row is smaller, so that of a smaller file it need not be counted how many it has. */
const ROW_BYTES_MIN = 100;

const DAY_MS = 86_400_000;

/** What it takes to keep the ledger within its bounds. */
export interface RetentionPorts {
  /** The state file. */
  readonly path: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
  /** Removes one bite of the oldest rows; true when there may be more. */
  readonly trim: (bound: TrimBound) => Promise<boolean>;
  /** The newest request that is not among the newest `count`; null when there are no more than those. */
  readonly newestBeyond: (count: number) => Promise<string | null>;
}

/** Keeps the ledger within its bounds, in small bites in the background. The space is used again by later rows. */
export class LedgerRetention {
  readonly #ports: RetentionPorts;
  #retention: Retention;
  #running: Promise<void> | null = null;
  /** The bounds are others than those of the run that is going on. */
  #changed = false;
  #stopped = false;

  constructor(retention: Retention, ports: RetentionPorts) {
    this.#retention = retention;
    this.#ports = ports;
  }

  /** Other bounds from now on; they are applied at once. */
  set(retention: Retention): void {
    this.#retention = retention;
    this.#changed = true;
    void this.run();
  }

  /** Removes what is beyond the bounds. Resolves when it is gone; never rejects. One run goes on at a time. */
  run(): Promise<void> {
    this.#running ??= this.#runAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** No bite begins after this. */
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
        'ledger rows that are past their time could not be removed; it is tried again later',
      );
    }
  }

  async #runOnce({ days, maxRows }: Retention): Promise<void> {
    const { path, now, trim, newestBeyond } = this.#ports;
    const startedBefore = new Date(Math.max(0, now() - days * DAY_MS)).toISOString();
    const { size } = await stat(path);
    const upTo = size / ROW_BYTES_MIN > maxRows && !this.#stopped ? await newestBeyond(maxRows) : null;
    while (!this.#stopped && !this.#changed && (await trim({ startedBefore, upTo }))) await pause();
  }

  /** A run's bounds may change while it waits. */
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
