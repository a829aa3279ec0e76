import { setTimeout as sleep } from 'node:timers/promises';

import type { Engines } from '../engines/engines.ts';
import { GatewayError } from '../protocol/errors.ts';

/** An operator's call is answered within 5 s, so it does not wait longer for the start of an engine. */
const WAIT_MS = 4_000;

/**
 * Waits while Laneway starts the engine of a model, by its full id: until then nothing is known of what it can load.
 * false: the start takes longer. `waitMs`: for tests.
 */
export async function engineStarted(
  engines: Pick<Engines, 'starting'>,
  target: string,
  waitMs = WAIT_MS,
): Promise<boolean> {
  const start = engines.starting(target);
  if (start === null) return true;
  return Promise.race([start.ended.then(() => true), sleep(waitMs, false, { ref: false })]);
}

/** The error of a call that needs an engine which is still being started. */
export function engineStarting(engines: Pick<Engines, 'starting'>, target: string): GatewayError {
  const { why, retryAfterMs = 0 } = engines.starting(target) ?? {};
  const message = `${target} cannot be loaded or unloaded yet: ${why?.() ?? 'its engine was being started'}`;
  return new GatewayError('model_loading', message, { retryAfterS: Math.max(1, retryAfterMs / 1000) });
}
