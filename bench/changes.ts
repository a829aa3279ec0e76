// How long loading the configuration, a switch and the activation of a profile of 50 nodes take, in this process, with a
// real state file:
//   node scripts/node.mjs bench/changes.ts
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../src/app.ts';
import { loadConfig } from '../src/config/load.ts';
import { NOTHING_STORED, type StoredLayers } from '../src/config/stored-layers.ts';
import { PROVIDER_TYPES } from '../src/providers/index.ts';
import { openStore } from '../src/store/open.ts';
import { SecretVault } from '../src/store/secrets/vault.ts';
import { systemClock } from '../src/util/clock.ts';
import { PACKAGE_ROOT } from '../src/util/package-root.ts';

const NODES = 50;
const ROUNDS = 40;
/** The aims, in ms. */
const AIM_MS = { load: 100, switch: 100, activation: 200 };

const MODELS = { one: 'gpt-4o', two: 'gpt-4o-mini' };
const HOST = { host: '127.0.0.1' };

const folder = mkdtempSync(join(tmpdir(), 'laneway-bench-'));
const directories = { directory: join(folder, 'config'), shippedDirectory: join(PACKAGE_ROOT, 'config') };
mkdirSync(join(directories.directory, 'user_profiles'), { recursive: true });
for (const [name, model] of Object.entries(MODELS)) {
  const nodes = Array.from({ length: NODES }, (_, index) => [
    `step_${index}`,
    { model: `openai/${model}`, params: { temperature: 0.1 } },
  ]);
  const text = JSON.stringify({ nodes: Object.fromEntries(nodes) as object });
  writeFileSync(join(directories.directory, 'user_profiles', `${name}.json`), text);
}
const load = (stored: StoredLayers = NOTHING_STORED) =>
  loadConfig({
    stored,
    ...directories,
    providerTypes: PROVIDER_TYPES.map(({ settings }) => settings),
    environment: {},
  });
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const data = join(folder, 'data');
const app = await buildApp({
  ...{ version: '0', config: await load(), load, directories, types: PROVIDER_TYPES, log },
  variable: () => undefined,
  store: await openStore({ directory: data, log }),
  openSecrets: (sealed) => new SecretVault({ directory: data, environmentKey: null, sealed, log }),
  access: {
    listenHost: '127.0.0.1',
    allowedHosts: [],
    allowedOrigins: [],
    adminToken: null,
    dataPlane: 'open',
  },
  ...{ maxBodyBytes: 1024, clock: systemClock, random: Math.random },
});

/** Repeats something, and prints how long it took. */
async function measure(name: string, aimMs: number, run: (round: number) => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    await run(round);
    times.push(performance.now() - begin);
  }
  const sorted = times.toSorted((a, b) => a - b);
  const shown = (ms = 0): string => `${ms.toFixed(1)} ms`;
  console.log(
    `${name}: first ${shown(times[0])}, median ${shown(sorted[ROUNDS / 2])}, worst ${shown(sorted.at(-1))}; aim < ${aimMs} ms`,
  );
}

const either = (round: number): 'one' | 'two' => (round % 2 === 0 ? 'one' : 'two');

await measure('loading the configuration', AIM_MS.load, () => load());
await measure(`activation of a profile of ${NODES} nodes`, AIM_MS.activation, (round) =>
  app.profiles.activate(either(round), { actor: 'local', ifGeneration: null }),
);
await measure('a switch, until the next plan has it', AIM_MS.switch, async (round) => {
  const model = MODELS[either(round)];
  const payload = { provider: 'openai', model_id: model, force: true, reason: String(round) };
  await app.server.inject({ method: 'PUT', url: '/api/debug/models/step_1', headers: HOST, payload });
  const plan = await app.server.inject({
    ...{ method: 'POST', url: '/api/debug/resolve', headers: HOST },
    payload: { model: 'node:step_1' },
  });
  if (!plan.body.includes(`"target":"openai/${model}","source":"assigned"`)) throw new Error(plan.body);
});
await app.close();
rmSync(folder, { recursive: true, force: true });
