import { setTimeout as wait } from 'node:timers/promises';

/** Time as the drivers see it, injected so that tests decide how it passes. */
export interface EngineTime {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Resolves after so many milliseconds, or as soon as the signal aborts; never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** How long the work of an engine may take. Read at each use: a change of the configuration changes it. */
export interface EngineLimits {
  /** A load without progress for so many ms has failed (`engine.stall_s`). */
  readonly stallMs: number;
  /** Milliseconds that a server gets to stop (`engine.stop_s`). */
  readonly stopMs: number;
}

/** The machine's time. */
export const systemTime: EngineTime = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};

/**
 * How many stall times a load may take in which nothing shows how far it is, although the engine answers or its process
 * works: Ollama and older routers report no progress, and a warm-up only uses the processor. Five times the default is
 * Ollama's own limit (`OLLAMA_LOAD_TIMEOUT`).
 */
const BLIND_STALLS = 5;

/** Decides when a load has stalled: after a time without progress, not after a total time. */
export class StallWatch {
  private readonly time: EngineTime;
  private readonly stallMs: number;
  private progressed: number;
  private worked: number;
  private sight: 'sighted' | 'blind' | 'unknown';

  /**
   * `sighted`: all progress is seen. `blind`: some of it is not, so that its absence means less. `unknown`: blind until
   * progress has been seen.
   */
  constructor(time: EngineTime, stallMs: number, sight: 'sighted' | 'blind' | 'unknown') {
    this.time = time;
    this.stallMs = stallMs;
    this.sight = sight;
    this.progressed = time.now();
    this.worked = -Infinity;
  }

  /** The load has come further. */
  progress(): void {
    this.progressed = this.time.now();
    if (this.sight === 'unknown') this.sight = 'sighted';
  }

  /** The process works, but nothing shows that the load comes further. */
  works(): void {
    this.worked = this.time.now();
  }

  get stalled(): boolean {
    const now = this.time.now();
    const isWorking = now - this.worked <= this.stallMs;
    return now - this.progressed > this.stallMs * (this.sight === 'sighted' && !isWorking ? 1 : BLIND_STALLS);
  }

  /** Whole seconds without progress. */
  get seconds(): number {
    return Math.round((this.time.now() - this.progressed) / 1000);
  }
}
