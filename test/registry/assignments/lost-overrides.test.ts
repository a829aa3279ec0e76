import { expect, test } from 'vitest';

import { resolve } from '../../../src/routing/resolve.ts';
import { ask, allHealthy } from '../../support/snapshot.ts';
import { BASE_CONFIG, benchOf, configOf, model, NOTE } from '../harness.ts';

const judge = { user: null, subject: 'judge' };
const WITHOUT_SIDE = {
  ...BASE_CONFIG,
  lanes: { main: { preferred: ['near/a'] } },
  nodes: { judge: { model: 'near/a' } },
};
const { near } = BASE_CONFIG.providers;
const WITHOUT_CLOUD = { ...BASE_CONFIG, providers: { near }, models: {} };

test('a switch to a lane that was removed is named at start, with who answers and how to remove it', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  await bench.registry.assign(judge, { model: null, lane: 'side' }, NOTE);
  expect(bench.warnings).toEqual([]);
  const { registry, warnings } = await bench.restart(await configOf(WITHOUT_SIDE));
  expect(warnings).toEqual([
    expect.stringMatching(
      /^judge: .*lane:side.*lane main answers meanwhile.*DELETE \/api\/debug\/models\/judge/,
    ),
  ]);
  const plan = resolve(ask('judge'), registry.snapshot, allHealthy);
  expect(plan.warnings).toMatchObject([{ code: 'switch_without_target' }]);
  expect(plan.warnings[0]?.detail).toContain('lane:side');
});

test('so is one to a model whose provider was removed, on a node and on a lane', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  await bench.registry.assign(judge, model('cloud/d'), NOTE);
  await bench.registry.assign({ user: null, subject: 'lane:main' }, model('cloud/d'), NOTE);
  await bench.registry.assign({ user: 'ann', subject: 'lane:main' }, model('cloud/d'), NOTE);
  const { warnings } = await bench.restart(await configOf(WITHOUT_CLOUD));
  expect(warnings).toEqual([
    expect.stringMatching(/^judge: .*cloud\/d.*provider cloud.*lane main answers/),
    expect.stringMatching(/^lane:main: .*provider cloud.*its other models answer/),
    expect.stringMatching(/^1 switch of a user/),
  ]);
});
