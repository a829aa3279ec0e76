import { expect, test } from 'vitest';

import { benchOf, configOf, BASE_CONFIG, model, NOTE, planOf } from '../harness.ts';

const MAIN = { user: null, subject: 'lane:main' };

test('the override of a lane leads every plan with that lane', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(MAIN, model('near/c'), NOTE);
  const { snapshot } = registry;
  expect(planOf('auto', snapshot)).toEqual(['assigned near/c', 'preferred near/a']);
  expect(planOf('lane:main', snapshot)).toEqual(['assigned near/c', 'preferred near/a']);
  expect(planOf('write', snapshot)).toEqual([
    'preferred near/b',
    'default_lane near/c',
    'default_lane near/a',
  ]);
  // The node's own model stays where it is assigned; then the lane follows, led by its override.
  expect(planOf('judge', snapshot)).toEqual(['assigned near/a', 'default_lane near/c']);
  expect(planOf('near/b', snapshot)).toEqual(['assigned near/b']);
});

test('the override of a lane is followed by its own fallbacks', async () => {
  const models = { ...BASE_CONFIG.models, 'near/c': { fallbacks: ['near/b'] } };
  const { registry } = await benchOf(await configOf({ ...BASE_CONFIG, models }));
  await registry.assign(MAIN, model('near/c'), NOTE);
  expect(planOf('auto', registry.snapshot)).toEqual([
    'assigned near/c',
    'model_fallback near/b',
    'preferred near/a',
  ]);
});

test('a lane whose only target is its override has a target', async () => {
  const lanes = { ...BASE_CONFIG.lanes, empty: {} };
  const { registry } = await benchOf(await configOf({ ...BASE_CONFIG, lanes }));
  await registry.assign({ user: null, subject: 'lane:empty' }, model('near/c'), NOTE);
  expect(planOf('lane:empty', registry.snapshot)).toEqual(['assigned near/c', 'default_lane near/a']);
});

test('the override of a lane must be a model, and the lane must exist', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  const toLane = registry.assign(MAIN, { model: null, lane: 'side' }, NOTE);
  await expect(toLane).rejects.toMatchObject({ code: 'invalid_body' });
  const nowhere = registry.assign({ user: null, subject: 'lane:mian' }, model('near/c'), NOTE);
  await expect(nowhere).rejects.toMatchObject({ code: 'lane_not_found' });
});

test('without its override a lane is as configured', async () => {
  const { registry, events } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(MAIN, model('near/c'), NOTE);
  await registry.clear(MAIN, NOTE);
  expect(planOf('auto', registry.snapshot)).toEqual(['preferred near/a']);
  expect(events.map(({ from, to }) => [from, to])).toEqual([
    [null, 'near/c'],
    ['near/c', null],
  ]);
});
