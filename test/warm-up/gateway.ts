import { warmUpOf } from '../../src/app.ts';
import type { AccessRules } from '../../src/http/authenticate/authenticate.ts';
import { PROVIDER_TYPES } from '../../src/providers/index.ts';
import { UnwritableStore } from '../../src/store/files/unwritable.ts';
import { systemClock } from '../../src/util/clock.ts';
import type { WarmUp, WarmUpTimes } from '../../src/warm-up/warm-up.ts';
import type { TestGateway } from '../support/gateway.ts';

/** A short warm-up: begins at once and pauses for 50 ms after a request. */
export const SHORT: WarmUpTimes = { quietMs: 50, gapMs: 0, requests: 16, cpuMs: 20_000 };

/** Warms a gateway up as the process does. */
export function warm(
  { app }: TestGateway,
  times: WarmUpTimes = SHORT,
  access: Partial<AccessRules> = {},
): WarmUp {
  const loopback = { listenHost: '127.0.0.1', allowedHosts: [], allowedOrigins: [] };
  const failing = (): never => {
    throw new Error('the warm-up uses the log or the environment');
  };
  const options = {
    version: '0.0.0-test',
    config: app.reloader.current(),
    load: failing,
    types: PROVIDER_TYPES,
    variable: failing,
    store: new UnwritableStore('not used', null),
    access: { ...loopback, adminToken: null, dataPlane: 'open', ...access },
    maxBodyBytes: 64 * 1024 * 1024,
    clock: systemClock,
    random: Math.random,
    log: { info: failing, warn: failing, error: failing },
  } as const;
  return warmUpOf(app, options, times);
}
