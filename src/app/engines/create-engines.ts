import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import type { Config } from '../../config/config.ts';
import { Engines, type EnginesConfiguration } from '../../engines/engines.ts';
import { estimateFromWeights } from '../../engines/memory/estimate.ts';
import { type EstimateBytes, Footprints } from '../../engines/memory/footprints.ts';
import { Pool } from '../../engines/pool/pool.ts';
import type { Leases } from '../../engines/pool/requests/leases.ts';
import { POOL_DEFAULTS, type PoolModel, type PoolSettings } from '../../engines/pool/settings.ts';
import { machineReader } from '../../engines/sensors/machine.ts';
import type { EventHub } from '../../http/events/event-hub.ts';
import { engineSwitchEvent } from '../../http/events/engine-events.ts';
import type { Discovery } from '../../registry/providers/discovery.ts';
import type { Registry } from '../../registry/registry.ts';
import type { StoredEngines } from '../../store/store.ts';
import type { AppOptions } from '../options.ts';
import { DriverFactory } from './drivers.ts';
import { enginesConfiguration } from './engine-settings.ts';
import type { ModelFiles } from './model-files.ts';

/** The parts of a gateway that its engines use and report to. */
export interface EngineParts {
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly events: EventHub;
  readonly files: ModelFiles;
  /** The effective configuration. */
  readonly config: () => Config;
  readonly stored: StoredEngines;
}

/** What a pool needs besides. */
interface PoolParts extends EngineParts {
  readonly estimate: EstimateBytes;
  readonly leases: Leases;
}

/** Milliseconds within which a server must list its models after a switch. */
const LIST_MS = 5_000;
/** Milliseconds within which a folder of models should be read: a network file system may never answer. */
const FILES_MS = 10_000;

const NO_ENGINES = { directory: '', environment: {}, machineRoot: '/' };
const NONE: EnginesConfiguration = { engines: [], poolSettings: () => POOL_DEFAULTS };

/** Creates the engines of a gateway; none of them is asked anything before `start`. */
export function createEngines(options: AppOptions, parts: EngineParts): Engines {
  const { log, engines: { directory, environment } = NO_ENGINES } = options;
  const { registry, discovery, files } = parts;
  const drivers = new DriverFactory({
    ...{ directory, environment, log },
    provider: (id) => registry.provider(id, registry.snapshot),
    find: (providerId, modelId) => files.find(providerId, modelId),
    onExit: (providerId) => {
      engines.noteExit(providerId);
    },
  });
  const estimate: EstimateBytes = (target, load) => {
    const model = registry.snapshot.models.get(target);
    if (model === undefined) return null;
    const known = files.estimate(target, load);
    const fileBytes = known === null ? engines.fileBytes(model.provider.id, model.upstreamId) : null;
    return fileBytes === null ? known : estimateFromWeights(fileBytes);
  };
  const engines: Engines = new Engines(configurationOf(options, parts), {
    createDriver: (configuration, signal) => drivers.create(configuration, signal),
    createPool: (name, settings, leases) =>
      createPool(name, settings, options, { ...parts, estimate, leases }),
    models: (providerId) => modelsOf(providerId, parts),
    filesRead: (providerId) => filesRead(files, providerId),
    unreadable: (providerId) => files.unreadable(providerId),
    onDriver: (providerId) => discovery.reread(providerId, LIST_MS),
    log,
  });
  registry.onSnapshot(() => {
    engines.update(configurationOf(options, parts));
  });
  return engines;
}

/** Resolves once the folder of a provider was read; never rejects. */
async function filesRead(files: ModelFiles, providerId: string): Promise<void> {
  // A changed configuration reaches the engines first; the folders take it over before the next turn.
  await nextTurn();
  await Promise.race([files.read(providerId), delay(FILES_MS, null, { ref: false })]);
}

/** The engines as the configuration has them now; none where nothing may act on them. */
export function configurationOf(
  { engines }: Pick<AppOptions, 'engines'>,
  { config, files }: Pick<EngineParts, 'config' | 'files'>,
): EnginesConfiguration {
  if (engines === undefined) return NONE;
  return enginesConfiguration(config(), (providerId) => files.models(providerId));
}

function createPool(
  name: string,
  settings: PoolSettings,
  { clock, log, store, engines: { machineRoot = '/' } = NO_ENGINES }: AppOptions,
  { registry, discovery, events, estimate, stored, leases }: PoolParts,
): Pool {
  const providerOf = (model: string): string | undefined => registry.snapshot.models.get(model)?.provider.id;
  /** Providers that held a model at the last switch. */
  let held: readonly string[] = [];
  return new Pool(name, settings, {
    clock,
    later: (run, ms) => {
      const timer = setTimeout(run, ms).unref();
      return () => {
        clearTimeout(timer);
      };
    },
    readMachine: machineReader(machineRoot),
    footprints: new Footprints(stored.footprints, estimate),
    store: { put: (footprint) => store.putFootprint(footprint) },
    saveBurst: (claim) => store.putClaim(name, claim),
    burst: stored.claims.find(({ pool }) => pool === name) ?? null,
    leases,
    newId: () => `sw_${randomBytes(8).toString('hex')}`,
    probe: null,
    onSwitch: (news) => {
      events.publish('switch', engineSwitchEvent(name, news));
    },
    onPool: (view) => {
      events.publish('pool', { ...view });
      const resident = view.resident.flatMap(({ model }) => providerOf(model) ?? []);
      for (const id of new Set([...held, ...resident])) void discovery.refresh(id, LIST_MS);
      held = resident;
    },
    log: {
      info: (message) => {
        log.info({ pool: name }, message);
      },
      warn: (message) => {
        log.warn({ pool: name }, message);
      },
    },
  });
}

/** The models that an engine may load: what its server lists, what the operator names, and files. */
function modelsOf(providerId: string, { registry, config }: EngineParts): PoolModel[] {
  const configured = config().models;
  const models: PoolModel[] = [];
  for (const model of registry.snapshot.models.values()) {
    if (model.provider.id !== providerId || model.remote === true || model.unseen === 'shipped') continue;
    const { context, pinned } = configured[model.id] ?? {};
    models.push({
      target: model.id,
      provider: providerId,
      modelId: model.upstreamId,
      contextLength: context ?? null,
      largestContext: model.capabilities.context_length ?? null,
      pinned: pinned === true,
    });
  }
  return models;
}
