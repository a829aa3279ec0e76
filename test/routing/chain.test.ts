import { expect, test } from 'vitest';

import type { Plan } from '../../src/routing/plan.ts';
import { resolve } from '../../src/routing/resolve.ts';
import { ask, providerEntry, snapshotOf, allHealthy } from '../support/snapshot.ts';

const planned = (plan: Plan): string[] => plan.entries.map(({ link }) => `${link.target.id} ${link.source}`);

const world = {
  models: {
    'cloud/big': {},
    'cloud/next': {},
    'near/a': { fallbacks: ['cloud/next'] },
    'near/b': {},
    'near/found': { inList: true },
  },
  lanes: {
    main: { preferred: ['near/b'], cloudFallback: ['cloud/big'] },
    coder: { preferred: ['near/a'], cloudFallback: ['cloud/big'] },
    empty: {},
  },
  nodes: {
    write: { assignment: { model: 'cloud/big', lane: null }, fallbacks: ['near/a'] },
    think: { assignment: { model: null, lane: 'coder' } },
    moved: { assignment: { model: 'near/b', lane: null }, default: { model: null, lane: 'coder' } },
    vectors: { kind: 'embeddings' as const, assignment: { model: 'near/vec', lane: null } },
  },
};

test('a node tries its model, its own fallbacks, then the default lane', () => {
  const plan = resolve(ask('write'), snapshotOf(world), allHealthy);
  expect(planned(plan)).toEqual([
    'cloud/big assigned',
    'near/a node_fallback',
    'cloud/next model_fallback',
    'near/b default_lane',
    'near/found default_lane',
  ]);
});

test('a lane tries its preferred models, the best other local model, the cloud, then the default lane', () => {
  const plan = resolve(ask('coder'), snapshotOf(world), allHealthy);
  expect(planned(plan)).toEqual([
    'near/a preferred',
    'cloud/next model_fallback',
    'near/found scored',
    'cloud/big cloud_fallback',
    'near/b default_lane',
  ]);
});

test('a node that was switched from a lane to a model keeps that lane after the model', () => {
  const plan = resolve(ask('moved'), snapshotOf(world), allHealthy);
  expect(planned(plan).slice(0, 3)).toEqual([
    'near/b assigned',
    'near/a preferred',
    'cloud/next model_fallback',
  ]);
  expect(plan.lane?.name).toBe('coder');
});

test('a model id plans that model and its own fallbacks, nothing else', () => {
  const plan = resolve(ask('near/a'), snapshotOf(world), allHealthy);
  expect(planned(plan)).toEqual(['near/a assigned', 'cloud/next model_fallback']);
});

test('no lane replaces an embeddings model, since embeddings of different models are not comparable', () => {
  const models = { ...world.models, 'near/vec': { kind: 'embeddings' as const } };
  const plan = resolve(ask('vectors', { kind: 'embeddings' }), snapshotOf({ ...world, models }), allHealthy);
  expect(planned(plan)).toEqual(['near/vec assigned']);
});

test('an embeddings request gets only the models of the node itself, whatever the kind of the node', () => {
  const plan = resolve(ask('write', { kind: 'embeddings' }), snapshotOf(world), allHealthy);
  expect(planned(plan)).toEqual(['cloud/big assigned', 'near/a node_fallback', 'cloud/next model_fallback']);
  for (const lane of ['lane:coder', 'think']) {
    expect(resolve(ask(lane, { kind: 'embeddings' }), snapshotOf(world), allHealthy).entries).toEqual([]);
  }
});

test('a lane without targets falls back to the default lane with a warning', () => {
  const models = { 'near/b': {}, 'cloud/big': {} };
  const lanes = { main: { preferred: ['near/b'] }, empty: {} };
  const plan = resolve(ask('lane:empty'), snapshotOf({ models, lanes }), allHealthy);
  expect(planned(plan)).toEqual(['near/b default_lane']);
  expect(plan.warnings).toEqual([
    { code: 'lane_without_target', detail: 'lane empty has no target; using lane main' },
  ]);
});

test('targets of a missing provider are not in the plan', () => {
  const lanes = { main: { preferred: ['nowhere/x', 'near/b'] } };
  const plan = resolve(ask(null), snapshotOf({ models: { 'near/b': {} }, lanes }), allHealthy);
  expect(planned(plan)).toEqual(['near/b preferred']);
});

test('requirements exclude a local model only for known capabilities', () => {
  const requirements = { context_length_min: 8_000, supports_tools: true };
  const lanes = { main: { requirements } };
  const small = { inList: true, capabilities: { context_length: 2_048 } };
  const unknown = { inList: true };
  const first = resolve(ask(null), snapshotOf({ models: { 'near/small': small }, lanes }), allHealthy);
  expect(planned(first)).toEqual([]);
  const second = resolve(
    ask(null),
    snapshotOf({ models: { 'near/small': small, 'near/x': unknown }, lanes }),
    allHealthy,
  );
  expect(planned(second)).toEqual(['near/x scored']);
});

test('the stronger local model is chosen whatever the order of the lists', () => {
  const strong = { inList: true, capabilities: { reasoning_strength: 0.8 } };
  const weak = { inList: true, capabilities: { reasoning_strength: 0.3 } };
  for (const models of [
    { 'near/strong': strong, 'near/weak': weak },
    { 'near/weak': weak, 'near/strong': strong },
  ]) {
    const plan = resolve(ask(null), snapshotOf({ models, lanes: { main: {} } }), allHealthy);
    expect(planned(plan)).toEqual(['near/strong scored']);
  }
});

test('a cloud model is never chosen by score', () => {
  const providers = [providerEntry('cloud', { local: false })];
  const models = { 'cloud/x': { inList: true } };
  expect(
    resolve(ask(null), snapshotOf({ providers, models, lanes: { main: {} } }), allHealthy).entries,
  ).toEqual([]);
});

test('a loaded model is preferred over one with a longer context that must be loaded first', () => {
  const loaded = { inList: true, status: 'loaded' as const, capabilities: { context_length: 2_048 } };
  const unloaded = { inList: true, status: 'unloaded' as const, capabilities: { context_length: 8_192 } };
  const models = { 'near/loaded': loaded, 'near/unloaded': unloaded };
  const plan = resolve(ask(null), snapshotOf({ models, lanes: { main: {} } }), allHealthy);
  expect(planned(plan)).toEqual(['near/loaded scored']);
});
