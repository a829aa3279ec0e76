/** Milliseconds between two readings. */
const EVERY_MS = 5_000;

/** What a memory watch reads and reports to. */
export interface MemoryWatchOptions {
  /** Free memory in gigabytes; null: unknown. Never rejects. */
  readonly read: () => Promise<number | null>;
  /** Is there a model for which it matters? Otherwise nothing is read. */
  readonly isNeeded: () => boolean;
  readonly report: (freeGb: number | null) => void;
}

/** Reads the free memory in the background, never in a request. Does not keep the process alive. */
export class MemoryWatch {
  readonly #options: MemoryWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  #reading = false;

  constructor(options: MemoryWatchOptions) {
    this.#options = options;
  }

  /** Reads at once, and then every few seconds. Resolves after the first reading. */
  start(): Promise<void> {
    this.#timer = setInterval(() => {
      void this.#read();
    }, EVERY_MS).unref();
    return this.#read();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #read(): Promise<void> {
    const { read, isNeeded, report } = this.#options;
    if (this.#reading || !isNeeded()) return;
    this.#reading = true;
    const freeGb = await read();
    this.#reading = false;
    if (this.#timer !== undefined) report(freeGb);
  }
}
