import { join } from 'node:path';
import { EngineError, type EngineDriver } from '../driver.ts';
import { CommandDriver } from './command-driver.ts';
import type { OnExit } from './driver-events.ts';
import type { EngineHttp, OwnedHttp } from './engine-http.ts';
import type { EngineModel } from './engine-model.ts';
import { LlamaDriver } from './llama-driver.ts';
import { Observer } from './observe.ts';
import { OllamaDriver } from './ollama/ollama-driver.ts';
import { ProcessDriver } from './process-driver.ts';
import { hostKind } from '../../util/network-address.ts';
import { TOKEN_VARIABLE } from './processes/orphans.ts';
import type { ProcessTable } from './processes/process-table.ts';
import type { ServerPorts } from './processes/server-process.ts';
import type { Spawner } from './processes/spawner.ts';
import { findOwnRouter, type FoundRouter, type OwnRouterSearch } from './router/find-own-router.ts';
import { OwnRouter } from './router/own-router.ts';
import { RouterDriver } from './router/router-driver.ts';
import type { EngineLimits, EngineTime } from './timing.ts';

/** `providers.*.engine` of one provider, and what else of it decides about its driver. */
export interface EngineSettings {
  readonly providerId: string;
  /** As configured, or as its server was detected. */
  readonly providerType: string;
  /** null: only `engine.command` is configured. */
  readonly baseUrl: string | null;
  readonly manage: 'auto' | 'none';
  readonly command: readonly string[] | null;
  readonly start: readonly string[] | null;
  readonly stop: readonly string[] | null;
  readonly limits: EngineLimits;
  /** Models of the provider's `models_dir`; null: it has none. */
  readonly models: readonly EngineModel[] | null;
}

/** What drivers get from outside. */
export interface DriverPorts {
  /** Calls of the provider's server. */
  readonly http: EngineHttp;
  readonly httpAt: (url: string) => OwnedHttp;
  readonly time: EngineTime;
  readonly spawner: Spawner;
  readonly table: ProcessTable;
  readonly freePort: () => Promise<number>;
  /** The file of a model of this provider; null: there is no such model. */
  readonly find: (modelId: string) => EngineModel | null;
  /** What started programs get (`engineEnvironment`). */
  readonly environment: Readonly<Record<string, string>>;
  /** By which a later run recognises what ends with Laneway (`engineToken`). */
  readonly token: string;
  /** A folder for this provider below the data directory. */
  readonly folder: string;
  readonly onExit: OnExit;
}

/** A driver, and the router that Laneway runs for it. */
export interface CreatedDriver {
  readonly driver: EngineDriver;
  /** null: Laneway runs none. It takes a changed list of models (`setModels`). */
  readonly ownRouter: OwnRouter | null;
  /** Why it runs none although the provider has a folder of models; null: it does, or should not. */
  readonly obstacle: string | null;
}

/** Types of servers that hold their models for as long as they run, or decide by themselves. */
const UNMANAGED = 'its server offers no call for it; set engine.start and engine.stop, or load it there';

/**
 * Chooses the driver of a provider: by its configuration, its type, and what its server answers. What an earlier run
 * has left must have been ended before (`endOrphans`). Starts a router of Laneway's own where one is due; if that fails
 * it is reported by `onExit`, and the next load tries it again. Never rejects.
 */
export async function createDriver(
  settings: EngineSettings,
  ports: DriverPorts,
  signal: AbortSignal,
): Promise<CreatedDriver> {
  const search = await searchRouter(settings, ports, signal);
  if (search === null || 'obstacle' in search)
    return { driver: choose(settings, ports), ownRouter: null, obstacle: search?.obstacle ?? null };
  const ownRouter = await startRouter(settings, ports, search.found, signal);
  return { driver: routed(settings, ports, ownRouter), ownRouter, obstacle: null };
}

function choose(settings: EngineSettings, ports: DriverPorts): EngineDriver {
  const { providerId, providerType, manage, command, start, stop, limits } = settings;
  const { http, time, spawner, table, environment, folder, onExit } = ports;
  if (manage === 'none') return new Observer(http, providerType, 'engine.manage of its provider is "none"');
  if (command !== null) {
    const { find, freePort } = ports;
    const ended = { ...environment, [TOKEN_VARIABLE]: ports.token };
    return new ProcessDriver({
      ...{ template: command, find, freePort, onExit },
      environment: ended,
      ports: serverPorts(settings, ports),
    });
  }
  if (start !== null || stop !== null) {
    const commands = { providerId, start, stop, http, time, spawner, table };
    return new CommandDriver({ ...commands, environment, folder, limits, onExit });
  }
  const isOnThisMachine =
    settings.baseUrl !== null && hostKind(new URL(settings.baseUrl).hostname) === 'loopback';
  if (providerType === 'ollama') return new OllamaDriver({ http, time, limits, isOnThisMachine });
  if (providerType === 'llamacpp') {
    return new LlamaDriver({ providerId, http, time, limits, isOnThisMachine });
  }
  return new Observer(http, providerType, UNMANAGED);
}

function routed(settings: EngineSettings, ports: DriverPorts, own: OwnRouter): RouterDriver {
  const { providerId, limits } = settings;
  return new RouterDriver({ providerId, http: own.http, time: ports.time, limits, own });
}

function searchRouter(
  { providerType, baseUrl, manage, command, start, stop, models }: EngineSettings,
  { http, environment }: DriverPorts,
  signal: AbortSignal,
): Promise<OwnRouterSearch | null> | null {
  const isOther = manage === 'none' || command !== null || start !== null || stop !== null;
  if (providerType !== 'llamacpp' || isOther || models === null || baseUrl === null) return null;
  return findOwnRouter(baseUrl, http, environment['PATH'], signal);
}

async function startRouter(
  settings: EngineSettings,
  ports: DriverPorts,
  found: FoundRouter,
  signal: AbortSignal,
): Promise<OwnRouter> {
  const { environment, token, folder, onExit } = ports;
  const router = new OwnRouter({
    providerId: settings.providerId,
    ...found,
    folder: join(folder, 'router'),
    models: settings.models ?? [],
    environment: { ...environment, [TOKEN_VARIABLE]: token },
    ports: serverPorts(settings, ports),
    onExit,
  });
  try {
    await router.start(signal);
  } catch (error) {
    if (error instanceof EngineError && error.kind !== 'aborted') onExit({ modelId: null, error });
  }
  return router;
}

function serverPorts({ limits }: EngineSettings, ports: DriverPorts): ServerPorts {
  const { spawner, time, httpAt, table } = ports;
  return { spawner, time, httpAt, activityOf: (pid) => table.activityOf(pid), limits };
}
