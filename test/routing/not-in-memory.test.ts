import { describe, expect, test } from 'vitest';

import type { HealthView } from '../../src/routing/plan.ts';
import { reasonOf } from '../../src/routing/reason.ts';
import type { LoadState, ModelResidency } from '../../src/routing/residency.ts';
import { resolve } from '../../src/routing/resolve.ts';
import { allHealthy, ask, deferralsOf, providerEntry, snapshotOf, type World } from '../support/snapshot.ts';

const LOADED: ModelResidency = { resident: true, loadMs: 4_000, waits: false, startsServer: false };
const UNLOADED: ModelResidency = { resident: false, loadMs: 31_200, waits: false, startsServer: false };
const IDLE: LoadState = { leaving: false, waiting: 0, progress: null, remainingMs: null };

function memory(
  models: Readonly<Record<string, ModelResidency>>,
  state: Partial<LoadState> = {},
): HealthView {
  return {
    ...allHealthy,
    residency: new Map(Object.entries(models)),
    loadState: () => ({ ...IDLE, ...state }),
  };
}

/** The targets of a small chat request, each with its code and reason, and those that are passed over. */
function planOf(world: World, health: HealthView, name = 'lane:main', kind: 'chat' | 'embeddings' = 'chat') {
  const plan = resolve(ask(name, { kind }), snapshotOf(world), health);
  return {
    targets: plan.entries.map((entry) =>
      [entry.link.target.id, entry.code ?? 'ready', entry.full ?? reasonOf(entry, plan.facts, 5) ?? ''].join(
        ' | ',
      ),
    ),
    passedOver: plan.passedOver.map(({ link }) => link.target.id),
  };
}

const world: World = {
  providers: [providerEntry('cloud', { local: false })],
  models: { 'near/big': {}, 'near/small': {}, 'cloud/c': {} },
  lanes: {
    main: { preferred: ['near/big', 'near/small'], cloudFallback: ['cloud/c'] },
    patient: { preferred: ['near/big', 'near/small'], waitWhileLoading: true },
  },
};
const bigOut = { 'near/big': UNLOADED, 'near/small': LOADED };
const ABOUT_31 = 'not in memory; loading takes about 31 s';

describe('a model that is not in memory', () => {
  test('comes after a smaller one that is, and after the cloud, with what the load would take', () => {
    expect(planOf(world, memory(bigOut))).toEqual({
      targets: ['near/small | ready | ', 'cloud/c | ready | ', `near/big | loading | ${ABOUT_31}`],
      passedOver: ['near/big'],
    });
  });

  test('leaves the request to the cloud if no other is in memory', () => {
    const health = memory({ 'near/big': UNLOADED, 'near/small': UNLOADED });
    expect(planOf(world, health).targets[0]).toBe('cloud/c | ready | ');
    expect(planOf(world, health).passedOver).toEqual(['near/big', 'near/small']);
  });

  test('is tried first, and passed over by nothing, if the lane has neither another one nor a cloud', () => {
    const lanes = { main: { ...world.lanes?.['main'], cloud: false } };
    const plan = planOf({ ...world, lanes }, memory({ 'near/big': UNLOADED, 'near/small': UNLOADED }));
    expect(plan.targets[0]).toBe(`near/big | loading | ${ABOUT_31}`);
    expect(plan.passedOver).toEqual([]);
  });

  test('of lower rank than one in memory is not passed over: nothing is to be loaded', () => {
    const health = memory({ 'near/big': LOADED, 'near/small': UNLOADED });
    expect(planOf(world, health)).toMatchObject({
      targets: ['near/big | ready | ', 'cloud/c | ready | ', `near/small | loading | ${ABOUT_31}`],
      passedOver: [],
    });
  });

  test.each<[string, string, ModelResidency]>([
    ['a lane that waits for models', 'lane:patient', UNLOADED],
    ['a request by its own name', 'near/big', UNLOADED],
    ['an engine that loads for requests by itself', 'lane:main', { ...UNLOADED, waits: true }],
  ])('keeps its place for %s', (_what, name, big) => {
    const plan = planOf(world, memory({ ...bigOut, 'near/big': big }), name);
    expect(plan.targets[0]).toBe(`near/big | ready | ${ABOUT_31}`);
    expect(plan.passedOver).toEqual([]);
  });

  test('keeps its place among models for embeddings, whose vectors do not mix', () => {
    const nodes = {
      vectors: {
        kind: 'embeddings',
        assignment: { model: 'near/big', lane: null },
        fallbacks: ['near/small'],
      },
    } as const;
    const models = { 'near/big': { kind: 'embeddings' }, 'near/small': { kind: 'embeddings' } } as const;
    const lane = { ...nodes.vectors, default: { model: null, lane: 'main' } };
    const plan = planOf(
      { ...world, models, nodes: { vectors: lane } },
      memory(bigOut),
      'vectors',
      'embeddings',
    );
    expect(plan.targets.map((each) => each.split(' ')[0])).toEqual(['near/big', 'near/small']);
  });

  test('whose server does not answer says that instead, and is not passed over for its load', () => {
    const health = { ...memory(bigOut), deferral: deferralsOf({ 'near/big': 'unreachable' }).deferral };
    expect(planOf(world, health)).toMatchObject({ passedOver: [] });
    expect(planOf(world, health).targets.at(-1)).toBe(
      'near/big | unreachable | was deferred by the test 0 s ago',
    );
  });

  test.each<[string, Partial<LoadState>, string]>([
    ['one request that waits', { waiting: 1 }, `${ABOUT_31}; 1 request waits`],
    ['several', { waiting: 3 }, `${ABOUT_31}; 3 requests wait`],
    [
      'a load that runs',
      { waiting: 2, progress: 0.619, remainingMs: 11_900 },
      'being loaded (61 %); about 12 s left; 2 requests wait',
    ],
    [
      'a model that answers its last requests before it is unloaded',
      { leaving: true },
      'about to be unloaded; loading takes about 31 s',
    ],
    ['a load that runs for unknown time', { progress: 0 }, 'being loaded (0 %)'],
    [
      'a load that should have ended',
      { progress: 0.9, remainingMs: 0 },
      'being loaded (90 %); about 1 s left',
    ],
  ])('names the queue and the progress in one sentence: %s', (_what, state, reason) => {
    expect(planOf(world, memory(bigOut, state)).targets.at(-1)).toBe(`near/big | loading | ${reason}`);
  });
});

describe('the model that a lane with requirements chooses', () => {
  const scored = (coding: Readonly<Record<string, number>>): World => ({
    models: Object.fromEntries(
      Object.entries(coding).map(([id, value]) => [
        id,
        { inList: true, capabilities: { coding_strength: value } },
      ]),
    ),
    lanes: { main: { requirements: { coding_strength: 0.5 }, waitWhileLoading: true } },
  });
  const chosen = (made: World, models: Readonly<Record<string, ModelResidency>>): unknown =>
    resolve(ask('lane:main'), snapshotOf(made), memory(models)).entries.map(({ link }) => [
      link.target.id,
      link.score,
    ]);

  test('is the one in memory of two that are equally good', () => {
    const equal = scored({ 'near/a': 0.7, 'near/b': 0.7 });
    expect(chosen(equal, { 'near/a': UNLOADED, 'near/b': LOADED })).toEqual([['near/b', 0.2]]);
    expect(chosen(equal, { 'near/a': LOADED, 'near/b': UNLOADED })).toEqual([['near/a', 0.2]]);
  });

  test('is a much better one although it must be loaded, less 0.01 for each second of that', () => {
    const better = scored({ 'near/a': 0.95, 'near/b': 0.55 });
    expect(chosen(better, { 'near/a': UNLOADED, 'near/b': LOADED })).toEqual([['near/a', 0.138]]);
  });

  test('is not one whose load takes minutes for a small advantage', () => {
    const better = scored({ 'near/a': 0.95, 'near/b': 0.55 });
    const slow = { ...UNLOADED, loadMs: 180_000 };
    expect(chosen(better, { 'near/a': slow, 'near/b': LOADED })).toEqual([['near/b', 0.05]]);
  });

  test('follows what is in memory under one snapshot, and not what a list said before the load', () => {
    const made = scored({ 'near/a': 0.7, 'near/b': 0.7 });
    const stale = { ...made.models?.['near/a'], status: 'unloaded' } as const;
    const snapshot = snapshotOf({ ...made, models: { ...made.models, 'near/a': stale } });
    const first = (models: Readonly<Record<string, ModelResidency>>): unknown =>
      resolve(ask('lane:main'), snapshot, memory(models)).entries[0]?.link.target.id;
    expect(first({ 'near/a': LOADED, 'near/b': UNLOADED })).toBe('near/a');
    expect(first({ 'near/a': UNLOADED, 'near/b': LOADED })).toBe('near/b');
    expect(first({ 'near/a': LOADED, 'near/b': UNLOADED })).toBe('near/a');
  });
});
