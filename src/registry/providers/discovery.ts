import { failureOf, type Failure } from '../../protocol/failure.ts';
import {
  failureOfProbe,
  mayLackList,
  ProbeError,
  type ListedModel,
  type Listing,
  type Provider,
} from '../../providers/provider.ts';
import type { Health } from '../../routing/health.ts';
import type { Clock } from '../../util/clock.ts';

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
  /** The list was read and has not been invalidated since. */
  fresh: boolean;
  /** At least one probe has ended. */
  probed: boolean;
  /** When the last probe ended and how long it took; null before the first. */
  ended: { readonly at: number; readonly tookMs: number } | null;
  /** When the last list was read, in ms since 1970; null before the first. */
  listedAt: number | null;
  /** The models of the last list by id, with their status; empty before the first. */
  listed: ReadonlyMap<string, ListedModel['status']>;
  /** The provider was replaced or removed: results of a running probe are ignored. */
  stopped: boolean;
}

/** What discovery depends on and reports to. */
export interface DiscoveryPorts {
  readonly clock: Clock;
  readonly health: Health;
  /** The models of a provider without a server of its own to ask; null: its server is asked. */
  ownListing(providerId: string): Promise<Listing | null> | null;
  /** A list was read. */
  onListing(providerId: string, listing: Listing): void;
  /** The ids or statuses of a list have changed; all are new in the first list. */
  onListingChanged(change: ListingChange): void;
  /** A server has become reachable (`failure` null) or unreachable. */
  onReachabilityChanged(provider: Provider, failure: Failure | null): void;
}

/** The last and the next probe of a provider; times are monotonic milliseconds, except `listedAt`. */
export interface ProbeStatus {
  readonly last: { readonly at: number; readonly tookMs: number } | null;
  /** When the last list was read, in ms since 1970; null: none since the provider was added or changed. */
  readonly listedAt: number | null;
  /** null: none is scheduled. */
  readonly nextAt: number | null;
}

/** How a server's list differs from the previous one; ids as listed by the server. */
export interface ListingChange {
  readonly providerId: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Ids of both lists with another status, such as loaded models. */
  readonly changed: readonly string[];
  readonly models: number;
}

/**
 * Reads the servers' model lists in the background: at start, every 60 s, and after 2, 4, 8 … 60 s while a server does
 * not answer, so that an engine that starts later is used without a restart. A probe never loads a model. A server that
 * answers without a list is reachable, and the models that the configuration names are requested of it.
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

  /** Keeps the probes of the same provider objects, ends those of others, and starts new ones at once. */
  setProviders(providers: Iterable<Provider>): void {
    const wanted = new Map<string, Provider>();
    for (const provider of providers) {
      // Without its key a cloud provider would only answer 401.
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

  /** The probes of a provider; null when it is not probed (no key, unknown). */
  probeStatus(providerId: string): ProbeStatus | null {
    const probe = this.#probes.get(providerId);
    if (probe === undefined) return null;
    const { ended: last, listedAt, nextAt } = probe;
    return { last, listedAt, nextAt: nextAt === 0 ? null : nextAt };
  }

  /** Waits for the running probe or starts one, for `withinMs` at most; null when the list was read. */
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

  /** As `refresh`, after the running probe: its answer may be of before a change. */
  async reread(providerId: string, withinMs: number): Promise<Failure | null> {
    await this.#probes.get(providerId)?.running;
    return this.refresh(providerId, withinMs);
  }

  /** Marks the list as possibly outdated, so that it is read again soon. */
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
    let hasList = true;
    try {
      const own = this.#ports.ownListing(provider.id);
      const known = own === null ? null : await own;
      const listing = known ?? (await provider.list(AbortSignal.timeout(PROBE_TIMEOUT_MS)));
      if (!probe.stopped) this.#listed(probe, listing);
    } catch (error) {
      failure = error instanceof ProbeError ? failureOfProbe(error, provider) : malformed(error);
      if (error instanceof ProbeError && mayLackList(error, provider)) {
        hasList = false;
        failure = null;
      }
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
    if (failure === null) health.probeAnswered(provider.id, hasList);
    else health.probeFailed(provider.id, failure, clock.now(), probe.nextAt);
    // The start table shows the results of the first probes.
    if (probe.probed && before > 0 !== probe.failures > 0)
      this.#ports.onReachabilityChanged(provider, failure);
    probe.probed = true;
    return failure;
  }

  #listed(probe: Probe, listing: Listing): void {
    const { provider, listed: before } = probe;
    const listed = new Map(listing.models.map(({ id, status }) => [id, status]));
    probe.listed = listed;
    probe.listedAt = this.#ports.clock.wall();
    this.#ports.onListing(provider.id, listing);
    const ids = [...listed.keys()];
    const added = ids.filter((id) => !before.has(id));
    const removed = [...before.keys()].filter((id) => !listed.has(id));
    const changed = ids.filter((id) => before.has(id) && before.get(id) !== listed.get(id));
    if (added.length + removed.length + changed.length === 0) return;
    this.#ports.onListingChanged({ providerId: provider.id, added, removed, changed, models: listed.size });
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
    listedAt: null,
    listed: new Map(),
    stopped: false,
  };
}

function timedOut(ms: number): Failure {
  return failureOf('not_sent', 'upstream_connect_timeout', `did not list its models within ${ms / 1000} s`);
}

function malformed(error: unknown): Failure {
  const name = error instanceof Error ? error.name : 'unknown error';
  return failureOf('malformed', 'upstream_malformed', `sent an invalid model list (${name})`);
}
