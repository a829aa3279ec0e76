const EVERY_MS = 1_000;

/** Ticks once a second while an override can expire. Does not keep the process alive. */
export class ExpiryTimer {
  readonly #tick: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;
  #stopped = false;

  /** `tick` must not reject; it is not called again while it runs. */
  constructor(tick: () => Promise<void>) {
    this.#tick = tick;
  }

  /** Starts or stops the timer. */
  run(needed: boolean): void {
    if (!needed || this.#stopped) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    this.#timer ??= setInterval(() => {
      void this.#once();
    }, EVERY_MS).unref();
  }

  /** Stops the timer for good. */
  stop(): void {
    this.#stopped = true;
    this.run(false);
  }

  async #once(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    await this.#tick();
    this.#ticking = false;
  }
}
