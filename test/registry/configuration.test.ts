import { expect, test } from 'vitest';

import type { Config } from '../../src/config/config.ts';
import { benchOf, configOf, BASE_CONFIG, listing, model, NOTE, planOf, type Bench } from './harness.ts';

const judge = { user: null, subject: 'judge' };

function apply({ registry, providers }: Bench, config: Config): void {
  const { map } = providers.update(config.providers, 5_000);
  registry.applyConfiguration({ config, providers: map, generation: registry.snapshot.generation + 1 });
}

test('overrides of nodes and lanes that a reload removes return with the name', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const { registry } = bench;
  await registry.assign(judge, model('near/b'), NOTE);
  await registry.assign({ user: 'ann', subject: 'lane:side' }, model('near/c'), NOTE);
  apply(bench, await configOf({ ...BASE_CONFIG, nodes: {}, lanes: { main: BASE_CONFIG.lanes.main } }));
  expect(() => registry.node('judge')).toThrow(/unknown node/);
  expect(registry.snapshotFor('ann')).toBe(registry.snapshot);
  apply(bench, await configOf(BASE_CONFIG));
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
  expect(registry.lane('side', 'ann').override?.model).toBe('near/c');
});

test('a request keeps the snapshot and the providers that it started with', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const { registry } = bench;
  await registry.assign({ user: 'ann', subject: 'judge' }, model('near/b'), NOTE);
  const before = registry.snapshot;
  const anns = registry.snapshotFor('ann');
  const old = registry.provider('near', before);
  expect(old?.baseUrl).toBe('http://127.0.0.1:1/v1');
  const near = { ...BASE_CONFIG.providers.near, base_url: 'http://127.0.0.1:2/v1' };
  apply(bench, await configOf({ ...BASE_CONFIG, providers: { ...BASE_CONFIG.providers, near } }));
  expect(registry.provider('near', before)).toBe(old);
  expect(registry.provider('near', anns)).toBe(old);
  expect(registry.provider('near', registry.snapshot)?.baseUrl).toBe('http://127.0.0.1:2/v1');
  expect(before.generation).toBe(registry.snapshot.generation - 1);
});

test('the model list of a replaced provider is dropped, the others are kept', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const { registry } = bench;
  registry.applyListing('near', listing(['seen-near']));
  registry.applyListing('cloud', listing(['seen-cloud']));
  const near = { ...BASE_CONFIG.providers.near, base_url: 'http://127.0.0.1:2/v1' };
  apply(bench, await configOf({ ...BASE_CONFIG, providers: { ...BASE_CONFIG.providers, near } }));
  expect(registry.snapshot.models.has('near/seen-near')).toBe(false);
  expect(registry.snapshot.providers.get('near')?.listed).toBe(false);
  expect(registry.snapshot.models.has('cloud/seen-cloud')).toBe(true);
  registry.forgetListing('cloud');
  expect(registry.snapshot.providers.get('cloud')?.listed).toBe(false);
});

test('a late list of a removed provider changes nothing', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const { near } = BASE_CONFIG.providers;
  const models = { 'near/a': {}, 'near/b': {} };
  apply(bench, await configOf({ ...BASE_CONFIG, providers: { near }, models }));
  const { snapshot } = bench.registry;
  bench.registry.applyListing('cloud', listing(['late']));
  expect(bench.registry.snapshot).toBe(snapshot);
});

test('no switch runs between storing a reload and its effect', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const { registry, store } = bench;
  const after = await configOf({ ...BASE_CONFIG, default_lane: 'side' });
  const reload = registry.inTurn(async () => {
    const at = '2026-03-01T12:00:01.000Z';
    const change = { fingerprint: after.fingerprint, actor: 'local', summary: null, at };
    const { generation } = await store.noteConfiguration(change);
    const { map } = bench.providers.update(after.providers, 5_000);
    registry.applyConfiguration({ config: after, providers: map, generation });
    return generation;
  });
  const during = registry.assign(judge, model('near/b'), NOTE);
  const [generation] = await Promise.all([reload, during]);
  expect(registry.snapshot.generation).toBe(generation + 1);
  expect(planOf('auto', registry.snapshot)[0]).toBe('preferred near/b');
});

test('a server whose list shows its type gets that type’s settings in the next snapshot, on the same connection', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const { registry } = bench;
  const before = registry.snapshot;
  const configured = registry.provider('near', before);
  if (configured === undefined) throw new Error('no near in this test');
  const settings = { ...configured.settings, answersAnyName: true };
  registry.applyListing('near', { ...listing(['a']), settings });
  expect(registry.snapshot.providers.get('near')?.answersAnyName).toBe(true);
  const detected = registry.provider('near', registry.snapshot);
  expect(detected).toMatchObject({ settings });
  expect(detected?.identity).toBe(configured.identity);
  expect(registry.provider('near', before)).toBe(configured);
  expect(configured.settings.answersAnyName).toBe(false);
  // A reload that leaves the provider alone keeps what was detected.
  apply(bench, await configOf({ ...BASE_CONFIG, default_lane: 'side' }));
  expect(registry.snapshot.providers.get('near')?.answersAnyName).toBe(true);
  registry.applyListing('near', listing(['a']));
  expect(registry.provider('near', registry.snapshot)).toBe(configured);
});
