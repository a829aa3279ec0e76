import type { CreatedDriver, EngineSettings } from './drivers/create-driver.ts';
import type { RegisteredEngine } from './pool/pool-ports.ts';

/** An engine as its pool knows it. `idleUnloadMs`: as of `EngineConfiguration`. */
export function registered(
  { providerId, providerType, limits, idleUnloadMs }: EngineSettings & Pick<RegisteredEngine, 'idleUnloadMs'>,
  { driver, ownRouter, obstacle }: CreatedDriver,
): RegisteredEngine {
  return {
    provider: providerId,
    type: providerType,
    version: null,
    driver,
    canLoad: driver.verbs.includes('load'),
    canUnload: driver.verbs.includes('unload'),
    holdsOne: driver.name === 'command',
    quantizesCache: driver.quantizesCache === true,
    startedHere: driver.name === 'process' || ownRouter !== null,
    ...limits,
    idleUnloadMs,
    obstacle,
  };
}

/** What a driver has learnt that its server can do, as text. */
export function abilitiesOf({ driver: { verbs, loadsForRequests, quantizesCache } }: CreatedDriver): string {
  return JSON.stringify([verbs, loadsForRequests, quantizesCache]);
}
