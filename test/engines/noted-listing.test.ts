import { afterEach, expect, test } from 'vitest';

import type { EngineDriver } from '../../src/engines/driver.ts';
import type { EngineConfiguration } from '../../src/engines/members/engine-member.ts';
import { Engines } from '../../src/engines/engines.ts';
import type { Pool } from '../../src/engines/pool/pool.ts';
import { POOL_DEFAULTS } from '../../src/engines/pool/settings.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

// After each model list the engine is asked what it holds; its models are passed to the pool once.

const ENGINE: EngineConfiguration = {
  ...{ providerId: 'l', providerType: 'llamacpp', baseUrl: 'http://127.0.0.1:8080', manage: 'auto' },
  ...{ command: null, start: null, stop: null, limits: { stallMs: 1000, stopMs: 1000 }, models: null },
  ...{ pool: 'local', idleUnloadMs: null },
};
const CONFIGURATION = { engines: [ENGINE], poolSettings: () => POOL_DEFAULTS };

const running: Engines[] = [];
afterEach(async () => {
  for (const engines of running.splice(0)) await engines.close();
});

/** An engine whose abilities may change, and how often its models were read. */
async function start(): Promise<{
  readonly engines: Engines;
  readonly driver: { verbs: readonly ('load' | 'unload')[] };
  reads(): number;
}> {
  let reads = 0;
  const driver = {
    ...{ name: 'router' as const, verbs: ['load', 'unload'] as readonly ('load' | 'unload')[] },
    ...{ state: 'running' as const, loadsForRequests: false },
    residency: () => Promise.resolve([]),
    load: () => Promise.resolve({ contextLength: null, footprintBytes: null }),
    unload: () => Promise.resolve(),
    slots: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  } satisfies EngineDriver;
  const pool: Partial<Pool> = {
    ...{ knowsMemory: true, configure: () => undefined, close: () => undefined },
    recheck: () => Promise.resolve(),
    residency: { read: () => new Map<string, never>() } as Partial<Pool['residency']> as Pool['residency'],
  };
  const engines = new Engines(CONFIGURATION, {
    createDriver: () => Promise.resolve({ driver, ownRouter: null, obstacle: null }),
    createPool: () => pool as Pool,
    models: () => {
      reads += 1;
      const model = { target: 'l/a', provider: 'l', modelId: 'a', pinned: false };
      return [{ ...model, contextLength: null, largestContext: null }];
    },
    filesRead: () => Promise.resolve(),
    unreadable: () => [],
    onDriver: () => Promise.resolve(),
    log: SILENT_LOG,
  });
  running.push(engines);
  await engines.start();
  return { engines, driver, reads: () => reads };
}

test('the models of an engine are passed on once for each list', async () => {
  const { engines, reads } = await start();
  const before = reads();
  engines.update(CONFIGURATION);
  await engines.noteListing('l');
  expect(reads() - before).toBe(1);
});

test('a server that turns out to be another one is managed as it can be', async () => {
  const { engines, driver } = await start();
  driver.verbs = [];
  engines.update(CONFIGURATION);
  expect(engines.manages('l/a')).toBe(false);
  driver.verbs = ['load', 'unload'];
  await engines.noteListing('l');
  expect(engines.manages('l/a')).toBe(true);
});
