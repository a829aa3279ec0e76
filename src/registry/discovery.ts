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
  probed: boolean;
  /** When the last one ended, and how long it took; null before. */
  ended: { readonly at: number; readonly tookMs: number } | null;
  /** The ids of the last list; none before the first. */
  ids: ReadonlySet<string>;
  /** The provider was replaced or taken away: what its probe still hears counts for nothing. */
  stopped: boolean;
}

/** What discovery tells the rest of the house. */
export interface DiscoveryPorts {
  readonly clock: Clock;
  readonly health: Health;
  /** A list was read. */
  onListing(providerId: string, listing: Listing): void;
  /** The ids of a list are others than before; before the first list there were none. */
  onListingChanged(change: ListingChange): void;
  /** A server that was not there answers, or the reverse; once per change. */
  onReachabilityChanged(provider: Provider, failure: Failure | null): void;
}

/** When a provider was probed and will be; times are monotonic milliseconds. */
export interface ProbeStatus {
  readonly last: { readonly at: number; readonly tookMs: number } | null;
  /** null: nothing is scheduled. */
  readonly nextAt: number | null;
}

/** How a server's list differs from the one read before; ids as the server lists them. */
export interface ListingChange {
  readonly providerId: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly models: number;
}

/**
 * Reads what the servers serve, in the background: at start, every 60 s, and after 2, 4, 8 … 60 s where one did
 * not answer, so that an engine that starts later is used without a restart. A probe never loads a model.
 */
export class Discovery {
  readonly #ports: DiscoveryPorts;
  readonly #probes = new Map<string, Probe>();
  #started = false;
  #stopped = false;

  constructor(providers: Iterable<Provider>, ports: DiscoveryPorts) {
    this.#ports = ports;
    this.setProviders(providers);
  }

  /** Starts all probes; resolves when each has ended once. */
  async start(): Promise<void> {
    this.#started = true;
    await Promise.all([...this.#probes.values()].map((probe) => this.#run(probe)));
  }

  /** Goes on with the probes of the same provider objects, ends those of others, starts the new ones at once. */
  setProviders(providers: Iterable<Provider>): void {
    const wanted = new Map<string, Provider>();
    for (const provider of providers) {
      // Without its key a cloud would only say 401.
      if (provider.missingKey === null) wanted.set(provider.id, provider);
    }
    for (const [id, probe] of this.#probes) {
      if (wanted.get(id) === probe.provider) continue;
      probe.stopped = true;
      clearTimeout(probe.timer);
      this.#probes.delete(id);
    }
    for (const [id, provider] of wanted) {
      if (this.#probes.has(id)) continue;
      const probe = newProbe(provider);
      this.#probes.set(id, probe);
      if (this.#started && !this.#stopped) void this.#run(probe);
    }
  }

  stop(): void {
    this.#stopped = true;
    for (const probe of this.#probes.values()) clearTimeout(probe.timer);
  }

  isFresh(providerId: string): boolean {
    return this.#probes.get(providerId)?.fresh ?? false;
  }

  /** How the probing of a provider goes; null where nothing is probed (no key, unknown). */
  probeStatus(providerId: string): ProbeStatus | null {
    const probe = this.#probes.get(providerId);
    if (probe === undefined) return null;
    return { last: probe.ended, nextAt: probe.nextAt === 0 ? null : probe.nextAt };
  }

  /** Waits for the running probe or starts one; null when the list was read. */
  async refresh(providerId: string, withinMs: number): Promise<Failure | null> {
    const probe = this.#probes.get(providerId);
    if (probe === undefined) return null;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Failure>((resolve) => {
      timer = setTimeout(() => {
        resolve(timedOut(withinMs));
      }, withinMs);
    });
    try {
      return await Promise.race([this.#run(probe), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Something speaks against the list: read it again soon. */
  invalidate(providerId: string): void {
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
    const startedAt = this.#ports.clock.now();
    let failure: Failure | null = null;
    try {
      const listing = await provider.list(AbortSignal.timeout(PROBE_TIMEOUT_MS));
      if (!probe.stopped) this.#listed(probe, listing);
    } catch (error) {
      failure = error instanceof ProbeError ? error.failure : unexpected(error);
    }
    if (this.#stopped || probe.stopped) return failure;
    const at = this.#ports.clock.now();
    probe.ended = { at, tookMs: at - startedAt };
    const before = probe.failures;
    probe.failures = failure === null ? 0 : before + 1;
    probe.fresh = failure === null;
    const wait = failure === null ? EVERY_MS : Math.min(FIRST_RETRY_MS * 2 ** (probe.failures - 1), EVERY_MS);
    this.#schedule(probe, wait);
    const { health, clock } = this.#ports;
    if (failure === null) health.probeAnswered(provider.id);
    else health.probeFailed(provider.id, failure, clock.now(), probe.nextAt);
    // What the first probes found stands in the start table.
    if (probe.probed && before > 0 !== probe.failures > 0)
      this.#ports.onReachabilityChanged(provider, failure);
    probe.probed = true;
    return failure;
  }

  #listed(probe: Probe, listing: Listing): void {
    const { provider, ids: before } = probe;
    const ids = new Set(listing.models.map(({ id }) => id));
    probe.ids = ids;
    this.#ports.onListing(provider.id, listing);
    const added = [...ids.difference(before)];
    const removed = [...before.difference(ids)];
    if (added.length + removed.length === 0) return;
    this.#ports.onListingChanged({ providerId: provider.id, added, removed, models: ids.size });
  }

  #schedule(probe: Probe, ms: number): void {
    clearTimeout(probe.timer);
    if (this.#stopped || probe.stopped) return;
    probe.nextAt = this.#ports.clock.now() + ms;
    probe.timer = setTimeout(() => {
      void this.#run(probe);
    }, ms).unref();
  }
}

function newProbe(provider: Provider): Probe {
  return {
    provider,
    running: null,
    timer: undefined,
    nextAt: 0,
    failures: 0,
    fresh: false,
    probed: false,
    ended: null,
    ids: new Set(),
    stopped: false,
  };
}

function timedOut(ms: number): Failure {
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
