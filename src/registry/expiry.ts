const EVERY_MS = 1_000;

/** One tick a second, and only while something can expire. Never keeps the process alive. */
export class ExpiryTimer {
  readonly #tick: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;
  #stopped = false;

  /** `tick` never rejects; it is not called again while it runs. */
  constructor(tick: () => Promise<void>) {
    this.#tick = tick;
  }

  /** Runs or rests. */
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

  /** For good. */
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
