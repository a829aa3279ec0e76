import type { Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { WarmUpClient } from './client.ts';
import { warmUpConfig } from './config.ts';
import { warmUpRequests } from './requests.ts';
import { portOf, WarmUpUpstream } from './upstream.ts';

/** A gateway that serves nobody else, built by the same code as the real one. */
export interface PrivateGateway {
  readonly server: {
    readonly server: Pick<Server, 'address'>;
    listen(address: { readonly host: string; readonly port: number }): Promise<string>;
  };
  close(): Promise<void>;
}

/** What the warm-up needs. */
export interface WarmUpOptions {
  /** The HTTP server of the real gateway: each of its requests interrupts the warm-up. */
  readonly server: Pick<Server, 'on' | 'off'>;
  /** Number of requests of the real gateway in progress. */
  readonly running: () => number;
  /** The configuration in effect. */
  readonly config: Config;
  /** What its callers need in addition: null where they need no credential. */
  readonly token: string | null;
  /** Builds the private gateway, without a store. */
  readonly build: (config: Config) => Promise<PrivateGateway>;
  readonly times?: WarmUpTimes;
}

/** How long the warm-up takes and how it is spread, in ms. */
export interface WarmUpTimes {
  /** How long the real gateway must have had no request. */
  readonly quietMs: number;
  /** Between two requests of the warm-up. */
  readonly gapMs: number;
  readonly requests: number;
  /** CPU time of the process during the warm-up: no more than that, whatever remains to be done. */
  readonly cpuMs: number;
}

/**
 * Measured, CPU time of each of the next 320 requests at 50/s and idle memory (on a busy machine): none 2.40 ms, 107 MB;
 * 300 requests 1.99 ms, 129 MB; 600 requests 1.75 ms, 157 MB. Beyond 400 the optimizing compiler begins, whose memory
 * the C library keeps.
 */
const TIMES: WarmUpTimes = { quietMs: 1_000, gapMs: 2, requests: 300, cpuMs: 2_000 };

/**
 * Sends requests through a private gateway of the same code to an upstream in this process, while the real gateway is
 * idle, so that its first requests find compiled code. Nothing of them can be seen: the private gateway has its own
 * registry, health, metrics and events, no store and no log.
 */
export class WarmUp {
  readonly #options: WarmUpOptions;
  readonly #times: WarmUpTimes;
  readonly #stopping = new AbortController();
  #lastRequestAt = performance.now();
  #answered = 0;
  /** Settles when nothing of the warm-up is left; never rejects. */
  readonly done: Promise<void>;

  constructor(options: WarmUpOptions) {
    this.#options = options;
    this.#times = options.times ?? TIMES;
    options.server.on('request', this.#onRequest);
    // Without a free port or memory there is no warm-up, which nobody needs to know: the gateway works.
    this.done = this.#run()
      .catch(() => undefined)
      .finally(() => options.server.off('request', this.#onRequest));
  }

  /** Number of its requests that were answered with 200. */
  get answered(): number {
    return this.#answered;
  }

  /** Ends the warm-up; resolves when nothing of it is left. */
  stop(): Promise<void> {
    this.#stopping.abort();
    return this.done;
  }

  readonly #onRequest = (): void => {
    this.#lastRequestAt = performance.now();
  };

  async #run(): Promise<void> {
    await this.#quiet();
    const upstream = new WarmUpUpstream();
    try {
      const url = await upstream.listen();
      const { config, build } = this.#options;
      const gateway = await build(warmUpConfig(config, url));
      try {
        await gateway.server.listen({ host: '127.0.0.1', port: 0 });
        await this.#sendAll(portOf(gateway.server.server));
      } finally {
        await gateway.close();
      }
    } finally {
      await upstream.close();
    }
  }

  async #sendAll(port: number): Promise<void> {
    const requests = warmUpRequests(port, this.#options.token);
    const client = new WarmUpClient(port);
    const until = cpuMs() + this.#times.cpuMs;
    try {
      for (let index = 0; index < this.#times.requests && cpuMs() < until; index += 1) {
        const request = requests[index % requests.length];
        if (request === undefined || !(await client.send(request))) return;
        this.#answered += 1;
        await this.#quiet();
      }
    } finally {
      client.close();
    }
  }

  /** Waits until the next request may be sent. Rejects once the warm-up is stopped. */
  async #quiet(): Promise<void> {
    const { signal } = this.#stopping;
    await pause(this.#times.gapMs, undefined, { signal, ref: false });
    for (;;) {
      const leftMs = this.#lastRequestAt + this.#times.quietMs - performance.now();
      if (leftMs <= 0 && this.#options.running() === 0) return;
      await pause(Math.max(leftMs, this.#times.quietMs / 4), undefined, { signal, ref: false });
    }
  }
}

/** CPU time of the process so far, in ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
