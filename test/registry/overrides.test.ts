import { expect, test } from 'vitest';

import { benchOf, configOf, HOUSE, model, NOTE, planOf } from './harness.ts';

const judge = { user: null, subject: 'judge' };

test('a switch is one generation and one event, and what held before is told', async () => {
  const { registry, events } = await benchOf(await configOf(HOUSE));
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

test('the same switch twice is one change; with another reason it is another', async () => {
  const { registry, events } = await benchOf(await configOf(HOUSE));
  await registry.assign(judge, model('near/b'), NOTE);
  const { generation } = registry.snapshot;
  await registry.assign(judge, model('near/b'), NOTE);
  expect(registry.snapshot.generation).toBe(generation);
  expect(events).toHaveLength(1);
  await registry.assign(judge, model('near/b'), { ...NOTE, reason: 'still' });
  expect(registry.snapshot.generation).toBe(generation + 1);
  expect(registry.node('judge').override?.reason).toBe('still');
});

test('a switch to the default drops the override, here and after a restart', async () => {
  const bench = await benchOf(await configOf(HOUSE));
  await bench.registry.assign(judge, model('near/b'), NOTE);
  await bench.registry.assign(judge, model('near/a'), NOTE);
  expect(bench.registry.node('judge').override).toBeNull();
  const again = await bench.restart();
  expect(again.registry.node('judge').override).toBeNull();
});

test('two switches at once take turns: the one that was asked for last holds, and no generation is used twice', async () => {
  const { registry, events } = await benchOf(await configOf(HOUSE));
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

test('a switch that is refused does not hold up the next one', async () => {
  const { registry } = await benchOf(await configOf(HOUSE));
  const wrong = registry.assign({ user: null, subject: 'jugde' }, model('near/b'), NOTE);
  const right = registry.assign(judge, model('near/b'), NOTE);
  await expect(wrong).rejects.toMatchObject({
    code: 'node_not_found',
    message: expect.stringContaining('judge'),
  });
  await right;
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
});

test('nothing shows that could not be written down', async () => {
  const { registry, store, events } = await benchOf(await configOf(HOUSE));
  const before = registry.snapshot;
  await store.close();
  await expect(registry.assign(judge, model('near/b'), NOTE)).rejects.toThrow();
  expect(registry.snapshot).toBe(before);
  expect(events).toEqual([]);
});

test('a reset drops everybody’s overrides, those of lanes and of nodes that are gone too, and leaves users theirs', async () => {
  const bench = await benchOf(await configOf(HOUSE));
  await bench.registry.assign(judge, model('near/b'), NOTE);
  await bench.registry.assign({ user: null, subject: 'write' }, model('near/c'), NOTE);
  await bench.registry.assign({ user: null, subject: 'lane:main' }, model('near/b'), NOTE);
  await bench.registry.assign({ user: 'ann', subject: 'judge' }, model('near/c'), NOTE);
  const nodes = { judge: HOUSE.nodes.judge };
  const { registry, events } = await bench.restart(await configOf({ ...HOUSE, nodes }));
  const { reset, generation } = await registry.reset('admin');
  expect([...reset].sort()).toEqual(['judge', 'lane:main', 'write']);
  expect(registry.snapshot.generation).toBe(generation);
  expect(registry.node('judge').override).toBeNull();
  expect(registry.lane('main').override).toBeNull();
  expect(registry.node('judge', 'ann').assignment).toEqual(model('near/c'));
  const told = events.map(({ key, from, to, action }) => [key.subject, from, to, action]);
  expect(told.toSorted()).toEqual([
    ['judge', 'near/b', 'near/a', 'reset'],
    ['lane:main', 'near/b', null, 'reset'],
    ['write', 'near/c', null, 'reset'],
  ]);
  expect(await registry.reset('admin')).toEqual({ reset: [], generation });
});

test('runtime_switching off: what is stored holds, and nothing can be changed', async () => {
  const bench = await benchOf(await configOf(HOUSE));
  const expiresAt = '2026-03-01T12:00:10.000Z';
  await bench.registry.assign(judge, model('near/b'), { ...NOTE, expiresAt });
  const fixed = await bench.restart(await configOf({ ...HOUSE, runtime_switching: false }));
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

test('a model that only a switch named stays in the plan when the list of its server does not know it', async () => {
  const { registry } = await benchOf(await configOf(HOUSE));
  await registry.assign(judge, model('near/new'), NOTE);
  registry.applyListing('near', { models: [], singleModel: false });
  expect(planOf('judge', registry.snapshot)[0]).toBe('assigned near/new');
});
