import type { FastifyInstance } from 'fastify';

import type { Config } from './config/config.ts';
import { Admission } from './execution/admission.ts';
import { DeadlineWatch } from './execution/deadline.ts';
import type { ExecutionLog, ExecutionPorts } from './execution/ports.ts';
import { Recorder, type Ledger, type RequestRecord } from './execution/record.ts';
import type { OriginRules } from './http/plugins/origin-guard.ts';
import { buildServer } from './http/server.ts';
import { buildProviders } from './providers/build-providers.ts';
import type { OwnedProvider } from './providers/create-provider.ts';
import type { ProviderType } from './providers/provider-type.ts';
import { Discovery } from './registry/discovery.ts';
import { Registry } from './registry/registry.ts';
import { Health } from './routing/health.ts';
import { StoreUnavailable, type Store } from './store/store.ts';
import type { Clock } from './util/clock.ts';
import { requestIds } from './util/request-id.ts';

/** What a gateway is made of; tests bring their own. */
export interface AppOptions {
  readonly version: string;
  readonly config: Config;
  readonly types: readonly ProviderType[];
  /** Reads one variable of the environment. */
  readonly variable: (name: string) => string | undefined;
  readonly store: Store;
  readonly origins: OriginRules;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: AppLog;
}

/** The log of the process. */
export interface AppLog extends ExecutionLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** A gateway that is wired but not listening. */
export interface App {
  readonly server: FastifyInstance;
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly health: Health;
  readonly providers: ReadonlyMap<string, OwnedProvider>;
  readonly admission: Admission;
  readonly recorder: Recorder;
  /** Stops discovery, closes the upstream sockets and the store. Drain first. */
  close(): Promise<void>;
}

/** Wires a gateway: the only place where the parts meet. Rejects with the store's fault when state is unusable. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { config, store, clock, log } = options;
  const health = new Health(options.random);
  const providers = buildProviders(config.providers, {
    types: options.types,
    variable: options.variable,
    connectMs: longestConnect(config),
    clock,
  });
  const stored = await store.load();
  const generation = await firstGeneration(options, stored.generation);
  const { overrides, durations } = stored;
  const registry = new Registry({ config, providers, overrides, durations, generation, store, clock });
  const discovery = new Discovery(providers.values(), {
    clock,
    health,
    onListing: (providerId, listing) => {
      registry.applyListing(providerId, listing);
    },
    onStanding: (provider, failure) => {
      const told = failure === null ? 'answers' : failure.summary;
      log.info({ provider: provider.id }, `${provider.name} at ${provider.baseUrl} ${told}`);
    },
  });
  const admission = new Admission();
  const recorder = new Recorder(ledger(store, registry), clock);
  const execution: ExecutionPorts = {
    clock,
    admission,
    health,
    recorder,
    watch: new DeadlineWatch(clock.now),
    log,
    listings: {
      isFresh: (id) => discovery.isFresh(id),
      refresh: (id, withinMs) => discovery.refresh(id, withinMs),
      doubt: (id) => {
        discovery.doubt(id);
      },
      current: (model) => registry.current(model),
    },
    snapshot: () => registry.snapshot,
    provider: (id) => providers.get(id),
  };
  const mark = Math.floor(options.random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
  const server = buildServer({
    version: options.version,
    maxBodyBytes: options.maxBodyBytes,
    origins: options.origins,
    clock,
    nextId: requestIds(clock.wall, mark),
    log,
    execution,
    registry,
    store,
  });
  const close = async (): Promise<void> => {
    discovery.stop();
    await server.close();
    await Promise.all([...providers.values()].map((provider) => provider.destroy()));
    await store.close();
  };
  return { server, registry, discovery, health, providers, admission, recorder, close };
}

/** Counts configuration that changed while the gateway was down; without a writable store the stored one stands. */
async function firstGeneration({ store, config, clock }: AppOptions, stored: number): Promise<number> {
  try {
    const noted = await store.noteConfiguration(config.fingerprint, new Date(clock.wall()).toISOString());
    return noted.generation;
  } catch (error) {
    if (error instanceof StoreUnavailable) return stored;
    throw error;
  }
}

/** The ledger writes rows down; the registry remembers how long its nodes took. */
function ledger(store: Store, registry: Registry): Ledger {
  return {
    record: (row: RequestRecord) => {
      store.record(row);
      const { node, target, durationMs } = row;
      if (row.state !== 'settled' || node === null || target === null || durationMs === null) return;
      registry.durations.note({ node, target, lastMs: Math.round(durationMs), at: row.startedAt });
    },
  };
}

/** Milliseconds; sockets are dialled for the most patient lane, each request keeps its own deadline. */
function longestConnect(config: Config): number {
  const lanes = Object.values(config.lanes).map(({ deadlines }) => deadlines.connect_s);
  return 1000 * Math.max(config.defaults.deadlines.connect_s, ...lanes);
}
