import type { FastifyInstance } from 'fastify';

import type { Config } from './config/config.ts';
import { ConfigFaults } from './config/faults.ts';
import { withProfileAdvice, type ProfileDirectories } from './config/profiles/profile-files.ts';
import type { StoredLayers } from './config/stored-layers.ts';
import { Admission } from './execution/admit/admission.ts';
import { DeadlineWatch } from './execution/attempt/deadlines.ts';
import type { ExecutionPorts } from './execution/ports.ts';
import type { LedgerRow } from './protocol/ledger.ts';
import type { Log } from './protocol/log.ts';
import type { SealedSecret } from './protocol/stored-configuration.ts';
import { PlanWarnings } from './execution/plan-warnings.ts';
import { logBreakers } from './execution/record/breaker-log.ts';
import { Recorder, type Ledger } from './execution/record/recorder.ts';
import { EventHub } from './http/events/event-hub.ts';
import { configEvent, discoveryEvent, publishChanges } from './http/events/sources.ts';
import { Metrics } from './http/metrics/metrics.ts';
import { RefusedRequests } from './http/refusals/refusals.ts';
import type { AccessRules } from './http/authenticate/authenticate.ts';
import { OllamaListener } from './http/ollama-listener.ts';
import { buildServer } from './http/server.ts';
import { ProviderSet } from './providers/provider-set.ts';
import type { ProviderType } from './providers/provider-type.ts';
import { Discovery } from './registry/discovery.ts';
import { MemoryWatch } from './registry/memory-watch.ts';
import { Profiles } from './registry/profiles.ts';
import { Registry } from './registry/registry.ts';
import { ProviderRecords } from './registry/provider-records.ts';
import { longestConnectMs, Reloader } from './registry/reload.ts';
import { StoredProviders } from './registry/stored-providers.ts';
import { StoredSecrets } from './registry/stored-secrets.ts';
import {
  isNothingStored,
  loadStored,
  logIgnored,
  storedLayers,
  type LoadedStored,
} from './registry/stored-layers.ts';
import { Affinity } from './routing/affinity.ts';
import { CallStates } from './routing/call-states.ts';
import { Health } from './routing/health.ts';
import type { SecretVault } from './store/secrets/vault.ts';
import { StoreUnavailable, type Store, type StoredState } from './store/store.ts';
import type { Clock } from './util/clock.ts';
import { freeMemoryGb } from './util/free-memory.ts';
import { requestIds } from './util/request-id.ts';
import { LargeBodyOffload } from './wire/large-body/offload.ts';

/** Dependencies of a gateway; tests inject their own. */
export interface AppOptions {
  readonly version: string;
  /** The configuration of the files alone. */
  readonly config: Config;
  /** Loads the configuration, with what calls have set laid over the files. Rejects with `ConfigFaults`. */
  readonly load: (stored: StoredLayers) => Promise<Config>;
  /** Where profiles are read and written. */
  readonly directories: ProfileDirectories;
  readonly types: readonly ProviderType[];
  /** Current value of an environment variable. */
  readonly variable: (name: string) => string | undefined;
  readonly store: Store;
  /** Opens the stored secrets. Throws a StoreFault without the key for them. */
  readonly openSecrets: (sealed: readonly SealedSecret[]) => SecretVault;
  readonly access: AccessRules;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly random: () => number;
  /** Free memory in gigabytes; null: unknown. Absent: that of this machine. */
  readonly freeMemory?: () => Promise<number | null>;
  readonly log: Log;
}

/** A gateway that is wired but not yet listening. */
export interface App {
  readonly server: FastifyInstance;
  /** Its second port, which listens only where that is configured. */
  readonly ollama: OllamaListener;
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly memory: MemoryWatch;
  readonly health: Health;
  readonly providers: ProviderSet;
  readonly reloader: Reloader;
  readonly profiles: Profiles;
  readonly secrets: SecretVault;
  readonly events: EventHub;
  readonly admission: Admission;
  readonly recorder: Recorder;
  /** Stops discovery and closes upstream connections and the store. Drain first. */
  close(): Promise<void>;
}

/** Wires the components of a gateway. Rejects with the store's fault when the state is unusable. */
export async function buildApp(options: AppOptions): Promise<App> {
  const { version, store, clock, log } = options;
  const state = await store.load();
  const secrets = options.openSecrets(state.configuration.secrets);
  await completeRotation(secrets, options);
  const stored = storedLayers(state.configuration);
  const { config, ignored } = await configurationWith(stored, options);
  const health = new Health(options.random);
  const providers = new ProviderSet({ ...options, secret: (name) => secrets.get(name) });
  providers.update(config.providers, longestConnectMs(config));
  const registry = await restoreRegistry({ ...options, config }, state, providers);
  const mark = startMark(options.random);
  const events = new EventHub({ runId: clock.wall().toString(36) + mark, now: clock.now });
  const discovery = startDiscovery(options, registry, health, events, providers);
  const services = configurationServices(
    { ...options, config },
    { state, stored, ignored, secrets, registry, discovery, health, providers, events },
  );
  const { reloader } = services;
  const profiles = profilesOf(options, registry, reloader);
  publishChanges(events, registry, health);
  logBreakers({ health, clock, log });
  registry.onWarning((message) => {
    log.warn({}, message);
  });
  const refusals = new RefusedRequests({ wall: clock.wall, log });
  const metrics: Metrics = new Metrics({
    version,
    refused: refusals.counts,
    snapshot: () => registry.snapshot,
    health,
    running: () => recorder.running,
    store: () => store.status(),
    now: clock.now,
  });
  const recorder: Recorder = new Recorder(ledger(store, registry, metrics, events), clock);
  const admission = new Admission();
  const bodies = new LargeBodyOffload(log);
  const execution: ExecutionPorts = {
    clock,
    admission,
    health,
    recorder,
    switchWatch: registry.rollbacks,
    affinity: new Affinity(clock.now),
    callStates: new CallStates(clock.now),
    bodies,
    watch: new DeadlineWatch(clock.now),
    planWarnings: new PlanWarnings(log),
    log,
    listings: listingsOf(discovery, registry),
    snapshot: (user) => registry.snapshotFor(user),
    provider: (id, snapshot) => registry.provider(id, snapshot),
  };
  const ollama = new OllamaListener();
  const server = buildServer({
    version,
    maxBodyBytes: options.maxBodyBytes,
    access: options.access,
    clock,
    nextId: requestIds(clock.wall, mark, state.newestRequest),
    log,
    execution,
    registry,
    probe: (id) => discovery.probeStatus(id),
    store,
    configuration: reloader,
    providers: services.providers,
    providerRecords: services.providerRecords,
    secrets: services.secrets,
    profiles,
    events,
    metrics,
    refusals,
    ollama,
  });
  const upstream = { discovery, memory: startMemoryWatch(options, registry), health, providers };
  const parts = { ...upstream, server, ollama, registry, reloader, secrets, events, admission, recorder };
  return { ...parts, profiles, close: () => closeAll(parts, bodies, store) };
}

function profilesOf(
  { directories, store, log }: AppOptions,
  registry: Registry,
  changes: Reloader,
): Profiles {
  const stateProblem = (): string | null => {
    const { available, why } = store.status();
    return available ? null : (why ?? 'unknown reason');
  };
  return new Profiles({ directories, changes, registry, stateProblem, log });
}

function startMemoryWatch({ freeMemory }: AppOptions, registry: Registry): MemoryWatch {
  const memory = new MemoryWatch({
    read: freeMemory ?? freeMemoryGb,
    isNeeded: () => registry.needsMemory,
    report: (freeGb) => {
      registry.applyFreeMemory(freeGb);
    },
  });
  void memory.start();
  return memory;
}

/** Stops what runs by itself, then the server, then what requests use, and the store last. */
async function closeAll(
  { discovery, memory, registry, events, server, ollama, providers }: Omit<App, 'close' | 'profiles'>,
  bodies: LargeBodyOffload,
  store: Store,
): Promise<void> {
  discovery.stop();
  memory.stop();
  registry.stop();
  events.close();
  await Promise.all([server.close(), ollama.close()]);
  await Promise.all([providers.destroy(), bodies.close()]);
  await store.close();
}

/** The configuration, with what calls have stored laid over the files. A fault names the file of an active profile. */
async function configurationWith(
  stored: StoredLayers,
  { config, load, log, directories }: AppOptions,
): Promise<LoadedStored> {
  if (isNothingStored(stored)) return { config, ignored: new Map() };
  try {
    const loaded = await loadStored((layers) => load(layers), stored);
    logIgnored(loaded.ignored, log);
    return loaded;
  } catch (error) {
    if (!(error instanceof ConfigFaults)) throw error;
    throw await withProfileAdvice(error, stored.profile, directories);
  }
}

/** Four characters that tell the ids of one start from those of another. */
function startMark(random: () => number): string {
  return Math.floor(random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
}

/** Completes a rotation of the master key that the end of an earlier process interrupted. */
async function completeRotation(secrets: SecretVault, { store, log }: AppOptions): Promise<void> {
  if (!secrets.isRotating) return;
  try {
    const { rotated, check, next } = await secrets.rotate(store);
    log.info({ rotated, check }, 'the rotation of the master key that was interrupted is complete');
    if (next !== null) log.warn({}, next);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    log.warn(
      {},
      `the rotation of the master key that was interrupted cannot be completed (${error.message}); both keys stay in use`,
    );
  }
}

/** The parts of a gateway that changes of its configuration use. */
interface ConfigurationParts {
  readonly state: StoredState;
  readonly stored: StoredLayers;
  readonly ignored: LoadedStored['ignored'];
  readonly secrets: SecretVault;
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly health: Health;
  readonly providers: ProviderSet;
  readonly events: EventHub;
}

/** What changes the configuration while the gateway runs. */
interface ConfigurationServices {
  readonly reloader: Reloader;
  readonly providers: StoredProviders;
  readonly providerRecords: ProviderRecords;
  readonly secrets: StoredSecrets;
}

function configurationServices(
  { config, load, store, variable, clock, log }: AppOptions,
  { state, stored, ignored, secrets, registry, discovery, health, providers, events }: ConfigurationParts,
): ConfigurationServices {
  const secret = (name: string): string | undefined => secrets.get(name);
  const providerRecords: ProviderRecords = new ProviderRecords({
    ...{ stored: state.configuration.providers, registry, discovery, store, clock, variable, secret },
    config: () => reloader.current(),
  });
  const reloader: Reloader = new Reloader(
    config,
    stored,
    {
      ...{ load, store, providers, registry, discovery, health, clock, log },
      onStored: (change) => {
        secrets.apply(change.secrets ?? []);
        providerRecords.apply(change);
      },
      onReload: (change) => {
        events.publish('config', configEvent(change));
      },
    },
    new Set(ignored.keys()),
  );
  const vault = {
    get: secret,
    list: () => secrets.list(),
    seal: (name: string, text: string) => secrets.seal(name, text),
    rotate: () => secrets.rotate(store),
  };
  return {
    reloader,
    providers: new StoredProviders({ changes: reloader, registry, secrets }),
    providerRecords,
    secrets: new StoredSecrets({
      ...{ changes: reloader, vault },
      inTurn: (change) => registry.inTurn(change),
    }),
  };
}

/** The model lists of servers, as requests use them. */
function listingsOf(discovery: Discovery, registry: Registry): ExecutionPorts['listings'] {
  return {
    isFresh: (id) => discovery.isFresh(id),
    refresh: (id, withinMs) => discovery.refresh(id, withinMs),
    invalidate: (id) => {
      discovery.invalidate(id);
    },
    learnBound: registry.learnBound.bind(registry),
    noteServed: registry.noteServed.bind(registry),
    noteBegan: registry.noteBegan.bind(registry),
    current: (model) => registry.current(model),
  };
}

/** Restores the registry from the store under the current configuration. Expired overrides are removed first. */
async function restoreRegistry(
  options: AppOptions,
  stored: StoredState,
  providers: ProviderSet,
): Promise<Registry> {
  const { config, store, clock } = options;
  const generation = await firstGeneration(options, stored.generation);
  const { overrides, durations } = stored;
  const parts = { config, providers: providers.current, overrides, durations, generation };
  const registry = new Registry({ ...parts, store, clock });
  await registry.expireDue();
  registry.onAssignment(({ actor, key, from, to, reason }) => {
    if (actor !== 'rollback') return;
    options.log.warn(
      { subject: key.subject, from, to },
      `the switch of ${key.subject} was rolled back: ${reason ?? ''}`,
    );
  });
  return registry;
}

/** Increments the generation if the configuration changed while the gateway was down and the store is writable. */
async function firstGeneration({ store, config, clock }: AppOptions, stored: number): Promise<number> {
  const at = new Date(clock.wall()).toISOString();
  try {
    const change = { fingerprint: config.fingerprint, actor: 'local', summary: null, at };
    return (await store.noteConfiguration(change)).generation;
  } catch (error) {
    if (error instanceof StoreUnavailable) return stored;
    throw error;
  }
}

function startDiscovery(
  { clock, log }: AppOptions,
  registry: Registry,
  health: Health,
  events: EventHub,
  providers: ProviderSet,
): Discovery {
  return new Discovery(providers.current.values(), {
    clock,
    health,
    onListing: (providerId, listing) => {
      registry.applyListing(providerId, listing);
    },
    onListingChanged: (change) => {
      events.publish('discovery', discoveryEvent(change));
    },
    onReachabilityChanged: (provider, failure) => {
      const status = failure === null ? 'is reachable' : failure.summary;
      log.info({ provider: provider.id }, `${provider.name} at ${provider.baseUrl} ${status}`);
    },
  });
}

/** Records each row in the store, metrics and events, and the durations of nodes in the registry. */
function ledger(store: Store, registry: Registry, metrics: Metrics, events: EventHub): Ledger {
  return {
    record: (row: LedgerRow) => {
      store.record(row);
      metrics.observe(row);
      events.publishRequest(row);
      const { node, target, durationMs, startedMs } = row;
      if (row.state !== 'settled' || node === null || target === null || durationMs === null) return;
      registry.durations.record({ node, target, lastMs: Math.round(durationMs), atMs: startedMs });
    },
  };
}
