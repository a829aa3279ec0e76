import { join } from 'node:path';

import type { EngineExit } from '../../engines/drivers/driver-events.ts';
import type { EngineModel } from '../../engines/drivers/engine-model.ts';
import { createDriver, type CreatedDriver } from '../../engines/drivers/create-driver.ts';
import { createEngineHttp, type EngineHttp, type OwnedHttp } from '../../engines/drivers/engine-http.ts';
import { engineEnvironment } from '../../engines/drivers/processes/environment.ts';
import { freeLoopbackPort } from '../../engines/drivers/processes/free-port.ts';
import { endOrphans, engineToken } from '../../engines/drivers/processes/orphans.ts';
import { createProcessTable } from '../../engines/drivers/processes/process-table.ts';
import { systemSpawner } from '../../engines/drivers/processes/system-spawner.ts';
import { systemTime } from '../../engines/drivers/timing.ts';
import { type EngineConfiguration, runsPrograms } from '../../engines/members/engine-member.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Log } from '../../protocol/log.ts';
import { loopbackConnector } from './loopback-connector.ts';

/** What the drivers of a gateway need of it. */
export interface DriverParts {
  /** Where engines keep what they need across a restart; made on first use. */
  readonly directory: string;
  /** Started programs get some of these variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly provider: (id: string) => Provider | undefined;
  readonly find: (providerId: string, modelId: string) => EngineModel | null;
  /** A process of the provider's engine has ended by itself. */
  readonly onExit: (providerId: string) => void;
  readonly log: Log;
}

/** Creates drivers with this machine's processes and connections. */
export class DriverFactory {
  readonly #parts: DriverParts;
  readonly #table = createProcessTable();
  /** What the log has named as in the way of a router. */
  readonly #obstacles = new Map<string, string | null>();
  #token: Promise<string> | null = null;

  constructor(parts: DriverParts) {
    this.#parts = parts;
  }

  /** See `createDriver`. The first call ends what an earlier run has left. */
  async create(configuration: EngineConfiguration, signal: AbortSignal): Promise<CreatedDriver> {
    const { directory, environment, find, onExit, log } = this.#parts;
    const { providerId } = configuration;
    const token = runsPrograms(configuration) ? await this.#tokenOf() : '';
    const ports = {
      http: this.#httpOf(configuration),
      httpAt,
      time: systemTime,
      spawner: systemSpawner,
      table: this.#table,
      freePort: freeLoopbackPort,
      find: (modelId: string) => find(providerId, modelId),
      environment: engineEnvironment(environment),
      token,
      folder: join(directory, providerId),
      onExit: ({ modelId, error }: EngineExit) => {
        // The pool reports the end of a model's own server.
        if (modelId === null) log.error({ provider: providerId }, error.message);
        onExit(providerId);
      },
    };
    const created = await createDriver(configuration, ports, signal);
    this.#report(providerId, created);
    return created;
  }

  #report(providerId: string, { ownRouter, obstacle }: CreatedDriver): void {
    const { log } = this.#parts;
    if (ownRouter !== null && ownRouter.pid !== null)
      log.info(
        { provider: providerId, pid: ownRouter.pid },
        `started llama-server as a router for provider "${providerId}" at ${ownRouter.url}`,
      );
    if (obstacle !== null && obstacle !== this.#obstacles.get(providerId))
      log.warn(
        { provider: providerId },
        `provider "${providerId}" has a models_dir, but no llama-server can be started for it: ${obstacle}; it is tried again from time to time`,
      );
    this.#obstacles.set(providerId, obstacle);
  }

  async #tokenOf(): Promise<string> {
    this.#token ??= this.#readToken();
    return this.#token;
  }

  async #readToken(): Promise<string> {
    const { directory, log } = this.#parts;
    const token = await engineToken(directory);
    const { ended, left } = await endOrphans(this.#table, token, systemTime);
    if (ended > 0) log.warn({ ended }, `ended ${ended} processes of engines that an earlier run has left`);
    if (left.length > 0)
      log.error(
        { pids: left },
        'processes of engines that an earlier run has left do not end; end them by hand',
      );
    return token;
  }

  /**
   * Through the provider's own connector; a base URL with a path is for requests only, so the server's root is called
   * without the key.
   */
  #httpOf({ providerId, baseUrl }: EngineConfiguration): EngineHttp {
    const { provider } = this.#parts;
    if (baseUrl !== null && new URL(baseUrl).pathname !== '/') return httpAt(new URL(baseUrl).origin);
    const current: Pick<Provider, 'send'> = {
      send: (request, handler) => {
        const found = provider(providerId);
        if (found === undefined) throw new Error(`provider ${providerId} is not configured any more`);
        return found.send(request, handler);
      },
    };
    return createEngineHttp(current);
  }
}

/** Calls of a server on this machine that needs no key. */
function httpAt(baseUrl: string): OwnedHttp {
  const connector = loopbackConnector(baseUrl);
  return { ...createEngineHttp(connector), close: () => connector.destroy() };
}
