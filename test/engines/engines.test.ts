import { afterEach, expect, test } from 'vitest';

import type { EngineDriver } from '../../src/engines/driver.ts';
import type { EngineConfiguration } from '../../src/engines/members/engine-member.ts';
import { Engines } from '../../src/engines/engines.ts';
import { Footprints } from '../../src/engines/memory/footprints.ts';
import { Pool } from '../../src/engines/pool/pool.ts';
import { POOL_DEFAULTS } from '../../src/engines/pool/settings.ts';
import type { MachineReading } from '../../src/engines/sensors/machine.ts';
import { systemClock } from '../../src/util/clock.ts';
import { SILENT_LOG } from '../support/silent-log.ts';

const OLLAMA: EngineConfiguration = {
  ...{ providerId: 'ollama', providerType: 'ollama', baseUrl: 'http://127.0.0.1:11434', manage: 'auto' },
  ...{ command: null, start: null, stop: null, limits: { stallMs: 1000, stopMs: 1000 }, models: null },
  ...{ pool: 'local', idleUnloadMs: null },
};
const MODEL = {
  ...{ target: 'ollama/a', provider: 'ollama', modelId: 'a', contextLength: null, largestContext: null },
  pinned: false,
};

const running: Engines[] = [];
afterEach(async () => {
  for (const engines of running.splice(0)) await engines.close();
});

async function startEngines(
  driver: Partial<EngineDriver>,
  memory: MachineReading['memory'],
  budgetBytes: number | null = null,
): Promise<Engines> {
  const settings = { ...POOL_DEFAULTS, budgetBytes };
  const engines = new Engines(
    { engines: [OLLAMA], poolSettings: () => settings },
    {
      createDriver: () =>
        Promise.resolve({ driver: { ...DRIVER, ...driver }, ownRouter: null, obstacle: null }),
      createPool: (name, _, leases) =>
        new Pool(name, settings, {
          clock: systemClock,
          later: (run, ms) => {
            const timer = setTimeout(run, ms);
            return () => {
              clearTimeout(timer);
            };
          },
          readMachine: () =>
            Promise.resolve({
              memory,
              source: null,
              pressure: null,
              temperatureC: null,
              powerW: null,
              oomKills: null,
            }),
          footprints: new Footprints([], () => 1e9),
          store: { put: () => Promise.resolve() },
          saveBurst: () => Promise.resolve(),
          leases,
          ...{ burst: null, probe: null, newId: () => 'sw_1' },
          ...{
            onSwitch: () => undefined,
            onPool: () => undefined,
            log: { info: () => undefined, warn: () => undefined },
          },
        }),
      models: () => [MODEL],
      filesRead: () => Promise.resolve(),
      unreadable: () => [],
      onDriver: () => Promise.resolve(),
      log: SILENT_LOG,
    },
  );
  running.push(engines);
  await engines.start();
  // The first reading of the sensors.
  await expect
    .poll(() => engines.pools()[0]?.budget_bytes ?? null)
    .toBe(budgetBytes ?? memory?.totalBytes ?? null);
  return engines;
}

const DRIVER: EngineDriver = {
  name: 'ollama',
  verbs: ['load', 'unload'],
  state: 'running',
  loadsForRequests: true,
  residency: () => Promise.resolve([]),
  load: () => Promise.resolve({ contextLength: null, footprintBytes: null }),
  unload: () => Promise.resolve(),
  slots: () => Promise.resolve(null),
  close: () => Promise.resolve(),
};

test('Ollama decides alone what it loads where nothing is known of the memory, as beside a card of NVIDIA', async () => {
  expect((await startEngines({}, null)).manages('ollama/a')).toBe(false);
});

test('Laneway decides once the memory is measured, or configured', async () => {
  expect((await startEngines({}, { totalBytes: 64e9, usedBytes: 1e9 })).manages('ollama/a')).toBe(true);
  expect((await startEngines({}, null, 24e9)).manages('ollama/a')).toBe(true);
});

test('an engine that loads nothing by itself is managed in any case', async () => {
  expect((await startEngines({ loadsForRequests: false }, null)).manages('ollama/a')).toBe(true);
});
