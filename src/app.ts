import type { FastifyInstance } from 'fastify';

import { completeRotation } from './app/secrets.ts';
import { configurationServices, configurationWith, profilesOf } from './app/configuration.ts';
import { createManagedEngines, type ManagedEngines, modelMemoryOf } from './app/engines/managed-engines.ts';
import { createDiscovery } from './app/discovery.ts';
import { createExecution, createLimiter } from './app/execution.ts';
import type { AppOptions } from './app/options.ts';
import { createRecording } from './app/recording.ts';
import { restoreRegistry, startMemoryWatch } from './app/registry.ts';
import { Admission } from './execution/admit/admission.ts';
import type { Limiter } from './execution/admit/limiter.ts';
import { logBreakers } from './execution/record/breaker-log.ts';
import type { Recorder } from './execution/record/recorder.ts';
import { EventHub } from './http/events/event-hub.ts';
import { publishChanges } from './http/events/sources.ts';
import { Sessions } from './http/authenticate/sessions.ts';
import { RefusedRequests } from './http/refusals/refusals.ts';
import { OllamaListener } from './http/ollama-listener.ts';
import { buildServer } from './http/server.ts';
import { ProviderSet } from './providers/provider-set.ts';
import type { Discovery } from './registry/providers/discovery.ts';
import type { MemoryWatch } from './registry/snapshot/memory-watch.ts';
import type { Profiles } from './registry/profiles/profiles.ts';
import type { Registry } from './registry/registry.ts';
import type { Reloader } from './registry/reload.ts';
import { longestConnectMs } from './registry/reload.ts';
import { storedLayers } from './registry/providers/stored-layers.ts';
import { Health } from './routing/health.ts';
import type { SecretVault } from './store/secrets/vault.ts';
import type { Store } from './store/store.ts';
import { requestIds } from './util/request-id.ts';
import { LargeBodyOffload } from './wire/large-body/offload.ts';

/** A gateway that is wired but not yet listening. */
export interface App extends Omit<ManagedEngines, 'reload'> {
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
  readonly limiter: Limiter;
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
  const engines = (): ManagedEngines['engines'] => local.engines;
  const health = new Health(options.random, modelMemoryOf(engines));
  const providers = new ProviderSet({ ...options, secret: (name) => secrets.get(name) });
  providers.update(config.providers, longestConnectMs(config));
  const registry = await restoreRegistry({ ...options, config }, state, providers);
  const mark = startMark(options.random);
  const events = new EventHub({ runId: clock.wall().toString(36) + mark, now: clock.now });
  const discovery: Discovery = createDiscovery(options, registry, health, events, providers, engines);
  const services = configurationServices(
    { ...options, config },
    {
      ...{ state, stored, ignored, secrets, registry, discovery, health, providers, events },
      onReload: () => {
        local.reload();
      },
    },
  );
  const { reloader } = services;
  const profiles = profilesOf(options, registry, reloader, events);
  publishChanges(events, registry, health);
  logBreakers({ health, clock, log });
  const refusals = new RefusedRequests({ wall: clock.wall, log });
  const limiter = createLimiter(clock, registry);
  const recording = createRecording(options, {
    ...{ registry, health, limiter, events, refusals },
    pools: () => local.engines.pools(),
  });
  const { recorder } = recording;
  const admission = new Admission();
  const bodies = new LargeBodyOffload(log);
  const local: ManagedEngines = createManagedEngines(options, {
    ...{ registry, discovery, events, stored: state.engines },
    config: () => reloader.current(),
  });
  const parts = { registry, discovery, health, recorder, admission, limiter, bodies, local };
  const execution = createExecution(options, parts);
  const ollama = new OllamaListener();
  const server = buildServer({
    version,
    maxBodyBytes: options.maxBodyBytes,
    access: options.access,
    consoleDirectory: options.consoleDirectory ?? null,
    clock,
    nextId: requestIds(clock.wall, mark, state.newestRequest),
    log,
    execution,
    registry,
    engines: local.engines,
    probe: (id) => discovery.probeStatus(id),
    store,
    configuration: reloader,
    providers: services.providers,
    providerRecords: services.providerRecords,
    secrets: services.secrets,
    profiles,
    events,
    metrics: recording.metrics,
    recent: recording.recent,
    sessions: new Sessions(clock.wall),
    refusals,
    ollama,
  });
  const upstream = { discovery, ...local, memory: startMemoryWatch(options, registry), health, providers };
  const traffic = { admission, limiter, recorder };
  const app = { ...upstream, ...traffic, server, ollama, registry, reloader, secrets, events };
  return { ...app, profiles, close: () => closeAll(app, bodies, store) };
}

/** Stops what runs by itself, then the server, then what requests use, and the store last. */
async function closeAll(
  {
    discovery,
    engines,
    modelServers,
    modelFolders,
    memory,
    registry,
    events,
    server,
    ollama,
    providers,
  }: Omit<App, 'close' | 'profiles'>,
  bodies: LargeBodyOffload,
  store: Store,
): Promise<void> {
  discovery.stop();
  modelFolders.close();
  memory.stop();
  registry.stop();
  events.close();
  engines.drain();
  await Promise.all([server.close(), ollama.close()]);
  await Promise.all([providers.destroy(), modelServers.destroy(), bodies.close()]);
  await engines.close();
  await store.close();
}

/** Four characters that tell the ids of one start from those of another. */
function startMark(random: () => number): string {
  return Math.floor(random() * 36 ** 4)
    .toString(36)
    .padStart(4, '0');
}
