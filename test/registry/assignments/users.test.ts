import { expect, test } from 'vitest';

import { benchOf, configOf, BASE_CONFIG, model, NOTE, planOf } from '../harness.ts';

const ANN = { user: 'ann', subject: 'judge' };
const ALL = { user: null, subject: 'judge' };

test('a user’s switch applies to that user only, and survives a restart', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  await bench.registry.assign(ANN, model('near/b'), NOTE);
  for (const { registry } of [bench, await bench.restart()]) {
    expect(planOf('judge', registry.snapshotFor('ann'))[0]).toBe('assigned near/b');
    expect(planOf('judge', registry.snapshotFor('bob'))[0]).toBe('assigned near/a');
    expect(planOf('judge', registry.snapshot)[0]).toBe('assigned near/a');
    expect(registry.snapshotFor('ann').generation).toBe(registry.snapshot.generation);
  }
});

test('a user’s override takes precedence over the global one, which applies otherwise', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(ALL, model('near/c'), NOTE);
  await registry.assign({ user: null, subject: 'write' }, model('near/c'), NOTE);
  await registry.assign(ANN, model('near/b'), NOTE);
  expect(registry.node('judge', 'ann').assignment).toEqual(model('near/b'));
  expect(registry.node('write', 'ann').assignment).toEqual(model('near/c'));
  await registry.clear(ANN, NOTE);
  expect(registry.node('judge', 'ann').assignment).toEqual(model('near/c'));
});

test('a user’s switch to the default is stored only if there is a global override', async () => {
  const { registry, events } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(ANN, model('near/a'), NOTE);
  expect(events).toEqual([]);
  await registry.assign(ALL, model('near/b'), NOTE);
  await registry.assign(ANN, model('near/a'), NOTE);
  expect(registry.node('judge', 'ann').assignment).toEqual(model('near/a'));
  await registry.clear(ANN, NOTE);
  expect(events.at(-1)).toMatchObject({ key: ANN, from: 'near/a', to: 'near/b', action: 'reset' });
});

test('users without overrides share one snapshot, and a user’s own is built once per snapshot', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(ANN, model('near/b'), NOTE);
  expect(registry.snapshotFor('bob')).toBe(registry.snapshot);
  expect(registry.snapshotFor(null)).toBe(registry.snapshot);
  const anns = registry.snapshotFor('ann');
  expect(registry.snapshotFor('ann')).toBe(anns);
  expect(anns.models).toBe(registry.snapshot.models);
  await registry.assign(ALL, model('near/c'), NOTE);
  expect(registry.snapshotFor('ann')).not.toBe(anns);
});

test('a user’s override of a lane applies to that user only', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign({ user: 'ann', subject: 'lane:main' }, model('near/c'), NOTE);
  expect(planOf('auto', registry.snapshotFor('ann'))).toEqual(['assigned near/c', 'preferred near/a']);
  expect(planOf('auto', registry.snapshot)).toEqual(['preferred near/a']);
});
