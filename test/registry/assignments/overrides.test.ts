import { expect, test } from 'vitest';

import { benchOf, configOf, BASE_CONFIG, model, NOTE, planOf } from '../harness.ts';

const judge = { user: null, subject: 'judge' };

test('a switch makes one generation and one event with the previous assignment', async () => {
  const { registry, events } = await benchOf(await configOf(BASE_CONFIG));
  const { generation } = registry.snapshot;
  await registry.assign(judge, model('near/b'), { ...NOTE, reason: 'better' });
  expect(registry.snapshot.generation).toBe(generation + 1);
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
  expect(registry.node('judge').override).toMatchObject({
    reason: 'better',
    actor: 'local',
    expiresAt: null,
  });
  expect(events).toEqual([
    {
      ...{ key: judge, from: 'near/a', to: 'near/b', action: 'switch', actor: 'local', reason: 'better' },
      generation: generation + 1,
    },
  ]);
});

test('a repeated switch is one change; with another reason it is a new one', async () => {
  const { registry, events } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(judge, model('near/b'), NOTE);
  const { generation } = registry.snapshot;
  await registry.assign(judge, model('near/b'), NOTE);
  expect(registry.snapshot.generation).toBe(generation);
  expect(events).toHaveLength(1);
  await registry.assign(judge, model('near/b'), { ...NOTE, reason: 'still' });
  expect(registry.snapshot.generation).toBe(generation + 1);
  expect(registry.node('judge').override?.reason).toBe('still');
});

test('a switch to the default drops the override, also after a restart', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  await bench.registry.assign(judge, model('near/b'), NOTE);
  await bench.registry.assign(judge, model('near/a'), NOTE);
  expect(bench.registry.node('judge').override).toBeNull();
  const again = await bench.restart();
  expect(again.registry.node('judge').override).toBeNull();
});

test('concurrent switches run in order: the last one takes effect, and no generation is used twice', async () => {
  const { registry, events } = await benchOf(await configOf(BASE_CONFIG));
  const { generation } = registry.snapshot;
  await Promise.all(['near/b', 'near/c', 'cloud/d'].map((id) => registry.assign(judge, model(id), NOTE)));
  expect(registry.node('judge').assignment).toEqual(model('cloud/d'));
  expect(registry.snapshot.generation).toBe(generation + 3);
  expect(events.map(({ from, to }) => [from, to])).toEqual([
    ['near/a', 'near/b'],
    ['near/b', 'near/c'],
    ['near/c', 'cloud/d'],
  ]);
  expect(events.map((event) => event.generation)).toEqual([1, 2, 3].map((more) => generation + more));
});

test('a rejected switch does not block the next one', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  const wrong = registry.assign({ user: null, subject: 'jugde' }, model('near/b'), NOTE);
  const right = registry.assign(judge, model('near/b'), NOTE);
  await expect(wrong).rejects.toMatchObject({
    code: 'node_not_found',
    message: expect.stringContaining('judge'),
  });
  await right;
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
});

test('a change that cannot be stored has no effect', async () => {
  const { registry, store, events } = await benchOf(await configOf(BASE_CONFIG));
  const before = registry.snapshot;
  await store.close();
  await expect(registry.assign(judge, model('near/b'), NOTE)).rejects.toThrow();
  expect(registry.snapshot).toBe(before);
  expect(events).toEqual([]);
});

test('a reset drops all global overrides, including those of lanes and of removed nodes, and keeps those of users', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  await bench.registry.assign(judge, model('near/b'), NOTE);
  await bench.registry.assign({ user: null, subject: 'write' }, model('near/c'), NOTE);
  await bench.registry.assign({ user: null, subject: 'lane:main' }, model('near/b'), NOTE);
  await bench.registry.assign({ user: 'ann', subject: 'judge' }, model('near/c'), NOTE);
  const nodes = { judge: BASE_CONFIG.nodes.judge };
  const { registry, events } = await bench.restart(await configOf({ ...BASE_CONFIG, nodes }));
  const { reset, generation } = await registry.reset('admin');
  expect([...reset].sort()).toEqual(['judge', 'lane:main', 'write']);
  expect(registry.snapshot.generation).toBe(generation);
  expect(registry.node('judge').override).toBeNull();
  expect(registry.lane('main').override).toBeNull();
  expect(registry.node('judge', 'ann').assignment).toEqual(model('near/c'));
  const emitted = events.map(({ key, from, to, action }) => [key.subject, from, to, action]);
  expect(emitted.toSorted()).toEqual([
    ['judge', 'near/b', 'near/a', 'reset'],
    ['lane:main', 'near/b', null, 'reset'],
    ['write', 'near/c', null, 'reset'],
  ]);
  expect(await registry.reset('admin')).toEqual({ reset: [], generation });
});

test('with runtime_switching off, stored overrides are in force and cannot be changed', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  const expiresAt = '2026-03-01T12:00:10.000Z';
  await bench.registry.assign(judge, model('near/b'), { ...NOTE, expiresAt });
  const fixed = await bench.restart(await configOf({ ...BASE_CONFIG, runtime_switching: false }));
  const { registry } = fixed;
  const refused = { code: 'runtime_switching_off' };
  await expect(registry.assign(judge, model('near/c'), NOTE)).rejects.toMatchObject(refused);
  await expect(registry.clear(judge, NOTE)).rejects.toMatchObject(refused);
  await expect(registry.reset('admin')).rejects.toMatchObject(refused);
  await expect(registry.undo(judge, () => undefined, NOTE)).rejects.toMatchObject(refused);
  fixed.later(60_000);
  await registry.expireDue();
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
});

test('a model named only by a switch stays in the plan when its server does not list it', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(judge, model('near/new'), NOTE);
  registry.applyListing('near', { models: [], singleModel: false });
  expect(planOf('judge', registry.snapshot)[0]).toBe('assigned near/new');
});
