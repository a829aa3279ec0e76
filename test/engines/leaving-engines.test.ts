import { afterEach, expect, test } from 'vitest';

import type { EngineDriver } from '../../src/engines/driver.ts';
import type { EngineConfiguration } from '../../src/engines/members/engine-member.ts';
import { Engines } from '../../src/engines/engines.ts';
import { Footprints } from '../../src/engines/memory/footprints.ts';
import { Pool } from '../../src/engines/pool/pool.ts';
import { POOL_DEFAULTS } from '../../src/engines/pool/settings.ts';
import { NOTHING_READ } from './pool/core-world.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

// What is in memory follows its provider: out of the pool when it is disabled, into another pool when it is moved.

const engineOf = (providerId: string, more: Partial<EngineConfiguration> = {}): EngineConfiguration => ({
  ...{ providerId, providerType: 'ollama', baseUrl: 'http://127.0.0.1:11434', manage: 'auto' },
  ...{ command: null, start: null, stop: null, limits: { stallMs: 1000, stopMs: 1000 }, models: null },
  ...{ pool: 'local', idleUnloadMs: null },
  ...more,
});

/** Another driver for it takes its time. */
const SLOW = 'http://127.0.0.1:11435';

/** Holds one model for as long as it runs. */
const DRIVER: EngineDriver = {
  ...{ name: 'ollama', verbs: ['load', 'unload'], state: 'running' },
  residency: () => {
    const model = { modelId: 'a', state: 'loaded' as const, progress: null, footprintBytes: 1e9 };
    return Promise.resolve([{ ...model, contextLength: null, error: null }]);
  },
  load: () => Promise.resolve({ contextLength: null, footprintBytes: null }),
  unload: () => new Promise(() => undefined),
  slots: () => Promise.resolve(null),
  close: () => closed,
};

/** Providers, in the order in which drivers were created for them. */
let created: string[] = [];
/** When a driver has closed. */
let closed = Promise.resolve();

const running: Engines[] = [];
afterEach(async () => {
  for (const engines of running.splice(0)) await engines.close();
});

const settings = { ...POOL_DEFAULTS, budgetBytes: 10e9, reserveBytes: 0, minResidencyMs: 0 };
const configurationOf = (...engines: EngineConfiguration[]) => ({ engines, poolSettings: () => settings });

async function start(...engines: EngineConfiguration[]): Promise<Engines> {
  const { promise: never } = Promise.withResolvers<undefined>();
  created = [];
  const started = new Engines(configurationOf(...engines), {
    createDriver: async ({ providerId, baseUrl }) => {
      created.push(providerId);
      if (baseUrl === SLOW) await never;
      return { driver: { ...DRIVER }, ownRouter: null, obstacle: null };
    },
    createPool: (name, _, leases) =>
      new Pool(name, settings, {
        clock: { now: () => 1_000, wall: () => 0 },
        later: (run, ms) => {
          const timer = ms === 0 ? setImmediate(run) : null;
          return () => {
            if (timer !== null) clearImmediate(timer);
          };
        },
        readMachine: () => Promise.resolve(NOTHING_READ),
        footprints: new Footprints([], () => 1e9),
        ...{ store: { put: () => Promise.resolve() }, saveBurst: () => Promise.resolve(), leases },
        ...{ burst: null, probe: null, newId: () => 'sw_1' },
        ...{
          onSwitch: () => undefined,
          onPool: () => undefined,
          log: { info: () => undefined, warn: () => undefined },
        },
      }),
    models: (provider) => {
      const model = { target: `${provider}/a`, provider, modelId: 'a', pinned: false };
      return [{ ...model, contextLength: null, largestContext: null }];
    },
    filesRead: () => Promise.resolve(),
    unreadable: () => [],
    onDriver: () => Promise.resolve(),
    log: SILENT_LOG,
  });
  running.push(started);
  await started.start();
  return started;
}

const heldIn = (engines: Engines): Record<string, string[]> =>
  Object.fromEntries(engines.pools().map(({ name, resident }) => [name, resident.map(({ model }) => model)]));

test('a disabled provider leaves the pool, with the memory of its models', async () => {
  const engines = await start(engineOf('o'), engineOf('p'));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a', 'p/a'] });
  engines.update(configurationOf(engineOf('p')));
  expect(heldIn(engines)).toEqual({ local: ['p/a'] });
  expect(engines.pools()[0]?.used_bytes).toBe(1e9);
  expect(engines.poolOf('o/a')).toBeNull();
});

test('the models of a provider that is given another pool are in that one only, there and back', async () => {
  const engines = await start(engineOf('o'));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'] });
  engines.update(configurationOf(engineOf('o', { pool: 'gpu0' })));
  expect(heldIn(engines)).toMatchObject({ local: [] });
  await expect.poll(() => heldIn(engines)).toEqual({ local: [], gpu0: ['o/a'] });
  engines.update(configurationOf(engineOf('o')));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'], gpu0: [] });
});

test('the memory of a provider whose driver is being replaced stays taken', async () => {
  const engines = await start(engineOf('o'));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'] });
  engines.update(configurationOf(engineOf('o', { baseUrl: SLOW })));
  expect(heldIn(engines)).toEqual({ local: ['o/a'] });
  engines.update(configurationOf());
  expect(heldIn(engines)).toEqual({ local: [] });
});

test('another idle time, pool or limit leaves the server alone, and the streams that it serves', async () => {
  const engines = await start(engineOf('o'));
  engines.update(configurationOf(engineOf('o', { idleUnloadMs: 5_000 })));
  engines.update(configurationOf(engineOf('o', { limits: { stallMs: 2_000, stopMs: 3_000 } })));
  engines.update(configurationOf(engineOf('o', { pool: 'gpu0' })));
  await expect.poll(() => heldIn(engines)).toEqual({ local: [], gpu0: ['o/a'] });
  expect(created).toEqual(['o']);
});

test('a server that has to be started again is looked for once the previous one has ended', async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const engines = await start(engineOf('o'));
  closed = promise;
  engines.update(configurationOf(engineOf('o', { baseUrl: 'http://127.0.0.1:5000' })));
  engines.update(configurationOf(engineOf('o', { baseUrl: 'http://127.0.0.1:6000' })));
  await new Promise((settle) => setTimeout(settle, 20));
  expect(created).toEqual(['o']);
  resolve(undefined);
  closed = Promise.resolve();
  await expect.poll(() => created.length).toBeGreaterThan(1);
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'] });
});

test('a request that waits for a model of a provider that is disabled is refused at once', async () => {
  const engines = await start(engineOf('o'));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'] });
  const { result } = engines.operate('unload', 'o/a', false)!;
  const options = { background: false, deadline: 100_000, wait: true };
  const waiting = engines.acquire('o/a', null, options);
  engines.update(configurationOf());
  expect(await waiting).toMatchObject({ kind: 'refused', reason: 'load_failed' });
  void result;
});

test('an unload of another model keeps no switch to a model in memory waiting', async () => {
  const engines = await start(engineOf('o'), engineOf('p'));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a', 'p/a'] });
  engines.operate('unload', 'o/a', false);
  expect(engines.switchOf('o/a')).toMatchObject({ from: 'o/a', to: null });
  expect(engines.switchOf('p/a')).toBeNull();
});

test('an engine that is being started again is listed as starting, with the models that hold memory', async () => {
  const command = ['llama-server'];
  const engines = await start(engineOf('o', { command }));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'] });
  engines.update(configurationOf(engineOf('o', { command, baseUrl: SLOW })));
  expect(engines.views()).toMatchObject([
    { provider: 'o', driver: 'process', state: 'starting', verbs: [], models: [{ model_id: 'a' }] },
  ]);
});

test.each([
  [
    'is given another pool',
    (engines: Engines) => engines.update(configurationOf(engineOf('o', { pool: 'gpu0' }))),
  ],
  [
    'is disabled and enabled again',
    (engines: Engines) => {
      engines.update(configurationOf());
      engines.update(configurationOf(engineOf('o')));
    },
  ],
])(
  'a provider that %s brings its running requests along, so that nothing cuts them',
  async (_what, change) => {
    const engines = await start(engineOf('o'));
    await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'] });
    const held = await engines.acquire('o/a', null, { background: false, deadline: 0, wait: false });
    change(engines);
    const inFlight = (): number[] =>
      engines.pools().flatMap(({ resident }) => resident.map(({ in_flight }) => in_flight));
    await expect.poll(inFlight).toEqual([1]);
    if (held.kind === 'lease') held.lease.release();
    expect(inFlight()).toEqual([0]);
  },
);

test('a disabled engine that still answers requests is listed as stopping', async () => {
  const command = ['llama-server'];
  const engines = await start(engineOf('o', { command }));
  await expect.poll(() => heldIn(engines)).toEqual({ local: ['o/a'] });
  const held = await engines.acquire('o/a', null, { background: false, deadline: 0, wait: false });
  engines.update(configurationOf());
  expect(engines.views()).toMatchObject([{ provider: 'o', state: 'stopping', models: [{ in_flight: 1 }] }]);
  if (held.kind === 'lease') held.lease.release();
  await expect.poll(() => engines.views()).toEqual([]);
});
