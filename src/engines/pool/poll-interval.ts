import type { PoolCore } from './core.ts';
import type { RegisteredEngine } from './pool-ports.ts';

/** How often engines are asked what they hold, while nothing happens, in milliseconds. */
export const POLL_MS = 15_000;
/** How long after a look that a failed request has caused the next one is due, in milliseconds. */
export const LOOK_AGAIN_MS = 1_000;
/** The same while one loads or unloads by itself, or has not answered yet. */
const BUSY_POLL_MS = 1_000;
const THERMAL_POLL_MS = 2_000;

/** Milliseconds between two questions to the engines of a pool. */
export function pollInterval({ table, settings, runner }: PoolCore): number {
  for (const { known } of table.engines.values()) if (!known) return BUSY_POLL_MS;
  for (const { state, model } of table.records.values()) {
    const moving = state === 'loading' || state === 'unloading';
    if (moving && !runner.isBusy(model.target)) return BUSY_POLL_MS;
  }
  return settings.softC === null && settings.hardC === null ? POLL_MS : THERMAL_POLL_MS;
}

/**
 * Is an engine to be asked regularly? One that did not answer and holds nothing, as far as is known, is asked again once
 * it has listed its models.
 */
export function mayHold({ table }: PoolCore, { provider, driver }: RegisteredEngine): boolean {
  if (driver.state !== 'unreachable' || table.engines.get(provider)?.known !== true) return true;
  return table.holdsAny(provider);
}
