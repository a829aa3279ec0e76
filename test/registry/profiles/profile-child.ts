// Changes of profiles in a process of its own, which ends itself with SIGKILL at one point of the change.
import { join } from 'node:path';
import { writeSync } from 'node:fs';
import { loadConfig } from '../../../src/config/load.ts';
import { NOTHING_STORED, type StoredLayers } from '../../../src/config/stored-layers.ts';
import type { StoredChange } from '../../../src/protocol/stored-configuration.ts';
import { PROVIDER_TYPES } from '../../../src/providers/index.ts';
import { ProviderSet } from '../../../src/providers/provider-set.ts';
import { Discovery } from '../../../src/registry/providers/discovery.ts';
import { Profiles } from '../../../src/registry/profiles/profiles.ts';
import { Registry } from '../../../src/registry/registry.ts';
import { Reloader } from '../../../src/registry/reload.ts';
import { storedLayers } from '../../../src/registry/providers/stored-layers.ts';
import { Health } from '../../../src/routing/health.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import { systemClock } from '../../../src/util/clock.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

/** Where the process ends. The number of a `commit` is how many ms after the store was asked. */
export type KillPoint = 'none' | 'read' | 'checked' | 'written' | 'stored' | `commit-${number}`;

const [, , folder = '', job = '', point = 'none'] = process.argv;
const directories = { directory: join(folder, 'config'), shippedDirectory: join(folder, 'shipped') };

let isArmed = false;

function reached(here: string): void {
  if (isArmed && here === point) process.kill(process.pid, 'SIGKILL');
}

/** Ends the process before, while or after a change of the configuration is stored. */
function arm(store: Store): void {
  const change = store.changeConfiguration.bind(store);
  store.changeConfiguration = async (rows: StoredChange) => {
    reached('written');
    const [, ms] = /^commit-(\d+)$/.exec(point) ?? [];
    if (isArmed && ms !== undefined) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(ms));
    const committed = await change(rows);
    reached('stored');
    return committed;
  };
}

const load = async (stored: StoredLayers = NOTHING_STORED) => {
  reached('read');
  const loaded = await loadConfig({
    stored,
    ...directories,
    providerTypes: PROVIDER_TYPES.map(({ settings }) => settings),
    environment: {},
  });
  reached('checked');
  return loaded;
};

const clock = systemClock;
const store = await openStore({ directory: join(folder, 'data'), log: SILENT_LOG });
arm(store);
const state = await store.load();
const stored = storedLayers(state.configuration);
const config = await load(stored);
const { fingerprint } = config;
const at = new Date().toISOString();
const { generation } = await store.noteConfiguration({ fingerprint, actor: 'local', summary: null, at });
const set = new ProviderSet({
  types: PROVIDER_TYPES,
  variable: () => undefined,
  secret: () => undefined,
  clock,
});
const { map: providers } = set.update(config.providers, 5_000);
const registry = new Registry({ config, providers, overrides: [], durations: [], generation, store, clock });
const health = new Health(() => 0.5);
const discovery = new Discovery([], {
  ...{ clock, health },
  ...{
    ownListing: () => null,
    onListing: () => undefined,
    onListingChanged: () => undefined,
    onReachabilityChanged: () => undefined,
  },
});
const reloader = new Reloader(config, stored, {
  ...{ load, store, providers: set, registry, discovery, health, clock, log: SILENT_LOG },
  ...{ onStored: () => undefined, onReload: () => undefined },
});
const profiles = new Profiles({
  ...{ directories, changes: reloader, registry, log: SILENT_LOG },
  stateProblem: () => null,
  onFile: () => undefined,
});

isArmed = true;
const note = { actor: 'local', ifGeneration: null };
const model = (id: string) => ({ description: null, config: { nodes: { evaluate: { model: id } } } });
if (job === 'activate') await profiles.activate('night', note);
if (job === 'deactivate') await profiles.deactivate(note);
if (job === 'change') await profiles.change('night', model('box/tiny'), note);
writeSync(1, `done ${registry.snapshot.generation} ${registry.node('evaluate').default.model ?? ''}\n`);
registry.stop();
discovery.stop();
await store.close();
await set.destroy();
