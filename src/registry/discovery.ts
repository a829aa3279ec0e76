import type { Failure } from '../protocol/failure.ts';
import { ProbeError, type Listing, type Provider } from '../providers/provider.ts';
import type { Health } from '../routing/health.ts';
import type { Clock } from '../util/clock.ts';

const EVERY_MS = 60_000;
const FIRST_RETRY_MS = 2_000;
const PROBE_TIMEOUT_MS = 5_000;

interface Probe {
  readonly provider: Provider;
  running: Promise<Failure | null> | null;
  timer: NodeJS.Timeout | undefined;
  /** Monotonic ms of the next scheduled probe. */
  nextAt: number;
  /** Failures in a row. */
  failures: number;
  /** The list was read and nothing has cast doubt on it since. */
  fresh: boolean;
  /** Some probe has ended. */
  heard: boolean;
}

/** What discovery tells the rest of the house. */
export interface DiscoveryPorts {
  readonly clock: Clock;
  readonly health: Health;
  /** A list was read. */
  onListing(providerId: string, listing: Listing): void;
  /** A server that was not there answers, or the reverse; once per change. */
  onStanding(provider: Provider, failure: Failure | null): void;
}

/**
 * Reads what the servers serve, in the background: at start, every 60 s, and after 2, 4, 8 … 60 s where one did
 * not answer, so that an engine that starts later is used without a restart. A probe never loads a model.
 */
export class Discovery {
  readonly #ports: DiscoveryPorts;
  readonly #probes = new Map<string, Probe>();
  #stopped = false;

  constructor(providers: Iterable<Provider>, ports: DiscoveryPorts) {
    this.#ports = ports;
    for (const provider of providers) {
      // Without its key a cloud would only say 401.
      if (provider.missingKey !== null) continue;
      const probe = {
        provider,
        running: null,
        timer: undefined,
        nextAt: 0,
        failures: 0,
        fresh: false,
        heard: false,
      };
      this.#probes.set(provider.id, probe);
    }
  }

  /** Starts all probes; resolves when each has ended once. */
  async start(): Promise<void> {
    await Promise.all([...this.#probes.values()].map((probe) => this.#run(probe)));
  }

  stop(): void {
    this.#stopped = true;
    for (const probe of this.#probes.values()) clearTimeout(probe.timer);
  }

  isFresh(providerId: string): boolean {
    return this.#probes.get(providerId)?.fresh ?? false;
  }

  /** Waits for the running probe or starts one; null when the list was read. */
  async refresh(providerId: string, withinMs: number): Promise<Failure | null> {
    const probe = this.#probes.get(providerId);
    if (probe === undefined) return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Failure>((resolve) => {
      timer = setTimeout(() => {
        resolve(tooLate(withinMs));
      }, withinMs);
    });
    try {
      return await Promise.race([this.#run(probe), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Something speaks against the list: read it again soon. */
  doubt(providerId: string): void {
    const probe = this.#probes.get(providerId);
    if (probe === undefined) return;
    probe.fresh = false;
    if (probe.running !== null) return;
    const soon = this.#ports.clock.now() + FIRST_RETRY_MS;
    if (probe.nextAt > soon) this.#schedule(probe, FIRST_RETRY_MS);
  }

  #run(probe: Probe): Promise<Failure | null> {
    probe.running ??= this.#probe(probe).finally(() => {
      probe.running = null;
    });
    return probe.running;
  }

  async #probe(probe: Probe): Promise<Failure | null> {
    clearTimeout(probe.timer);
    const { provider } = probe;
    let failure: Failure | null = null;
    try {
      const listing = await provider.list(AbortSignal.timeout(PROBE_TIMEOUT_MS));
      this.#ports.onListing(provider.id, listing);
    } catch (error) {
      failure = error instanceof ProbeError ? error.failure : unexpected(error);
    }
    if (this.#stopped) return failure;
    const before = probe.failures;
    probe.failures = failure === null ? 0 : before + 1;
    probe.fresh = failure === null;
    const wait = failure === null ? EVERY_MS : Math.min(FIRST_RETRY_MS * 2 ** (probe.failures - 1), EVERY_MS);
    this.#schedule(probe, wait);
    const { health, clock } = this.#ports;
    if (failure === null) health.probeAnswered(provider.id);
    else health.probeFailed(provider.id, failure, clock.now(), probe.nextAt);
    // What the first probes found stands in the start table.
    if (probe.heard && before > 0 !== probe.failures > 0) this.#ports.onStanding(provider, failure);
    probe.heard = true;
    return failure;
  }

  #schedule(probe: Probe, ms: number): void {
    clearTimeout(probe.timer);
    if (this.#stopped) return;
    probe.nextAt = this.#ports.clock.now() + ms;
    probe.timer = setTimeout(() => {
      void this.#run(probe);
    }, ms).unref();
  }
}

function tooLate(ms: number): Failure {
  return {
    class: 'not_sent',
    code: 'upstream_connect_timeout',
    status: null,
    summary: `did not tell its models within ${ms / 1000} s`,
    retryAfterMs: null,
    upstream: null,
  };
}

function unexpected(error: unknown): Failure {
  const name = error instanceof Error ? error.name : 'unknown error';
  return {
    class: 'malformed',
    code: 'upstream_malformed',
    status: null,
    summary: `sent a model list that cannot be read (${name})`,
    retryAfterMs: null,
    upstream: null,
  };
}
