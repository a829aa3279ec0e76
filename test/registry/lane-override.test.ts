import { expect, test } from 'vitest';

import { benchOf, configOf, HOUSE, model, NOTE, planOf } from './harness.ts';

const MAIN = { user: null, subject: 'lane:main' };

test('a model in front of a lane leads every plan that holds the lane', async () => {
  const { registry } = await benchOf(await configOf(HOUSE));
  await registry.assign(MAIN, model('near/c'), NOTE);
  const { snapshot } = registry;
  expect(planOf('auto', snapshot)).toEqual(['assigned near/c', 'preferred near/a']);
  expect(planOf('lane:main', snapshot)).toEqual(['assigned near/c', 'preferred near/a']);
  expect(planOf('write', snapshot)).toEqual([
    'preferred near/b',
    'default_lane near/c',
    'default_lane near/a',
  ]);
  // The node's own model stays where it is assigned; the lane behind it begins with the switched one.
  expect(planOf('judge', snapshot)).toEqual(['assigned near/a', 'default_lane near/c']);
  expect(planOf('near/b', snapshot)).toEqual(['assigned near/b']);
});

test('it brings its own fallbacks along', async () => {
  const models = { ...HOUSE.models, 'near/c': { fallbacks: ['near/b'] } };
  const { registry } = await benchOf(await configOf({ ...HOUSE, models }));
  await registry.assign(MAIN, model('near/c'), NOTE);
  expect(planOf('auto', registry.snapshot)).toEqual([
    'assigned near/c',
    'model_fallback near/b',
    'preferred near/a',
  ]);
});

test('a lane that has nothing but the model in front is no lane without a target', async () => {
  const lanes = { ...HOUSE.lanes, empty: {} };
  const { registry } = await benchOf(await configOf({ ...HOUSE, lanes }));
  await registry.assign({ user: null, subject: 'lane:empty' }, model('near/c'), NOTE);
  expect(planOf('lane:empty', registry.snapshot)).toEqual(['assigned near/c', 'default_lane near/a']);
});

test('a lane takes a model, not a lane, and must be there', async () => {
  const { registry } = await benchOf(await configOf(HOUSE));
  const toLane = registry.assign(MAIN, { model: null, lane: 'side' }, NOTE);
  await expect(toLane).rejects.toMatchObject({ code: 'invalid_body' });
  const nowhere = registry.assign({ user: null, subject: 'lane:mian' }, model('near/c'), NOTE);
  await expect(nowhere).rejects.toMatchObject({ code: 'lane_not_found' });
});

test('cleared, the lane is as configured', async () => {
  const { registry, events } = await benchOf(await configOf(HOUSE));
  await registry.assign(MAIN, model('near/c'), NOTE);
  await registry.clear(MAIN, NOTE);
  expect(planOf('auto', registry.snapshot)).toEqual(['preferred near/a']);
  expect(events.map(({ from, to }) => [from, to])).toEqual([
    [null, 'near/c'],
    ['near/c', null],
  ]);
});
