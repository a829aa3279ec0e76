import { expect, test } from 'vitest';

import { GatewayError } from '../../../src/protocol/errors.ts';
import { benchOf, configOf, BASE_CONFIG, model, NOTE, START } from '../harness.ts';

const judge = { user: null, subject: 'judge' };
const anything = (): void => undefined;

test('each undo goes one step further back, past restarts, until there is nothing left', async () => {
  const bench = await benchOf(await configOf(BASE_CONFIG));
  await bench.registry.assign(judge, model('near/b'), { ...NOTE, reason: 'first' });
  await bench.registry.assign(judge, model('near/c'), NOTE);
  await bench.registry.clear(judge, NOTE);
  await bench.registry.undo(judge, anything, NOTE);
  expect(bench.registry.node('judge').assignment).toEqual(model('near/c'));
  const { registry, events } = await bench.restart();
  await registry.undo(judge, anything, NOTE);
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
  expect(registry.node('judge').override?.reason).toBe('first');
  await registry.undo(judge, anything, NOTE);
  expect(registry.node('judge').override).toBeNull();
  const nothing = registry.undo(judge, anything, NOTE);
  await expect(nothing).rejects.toMatchObject({
    code: 'invalid_body',
    message: expect.stringContaining('undo'),
  });
  expect(events).toMatchObject([
    { from: 'near/c', to: 'near/b', action: 'undo' },
    { from: 'near/b', to: 'near/a', action: 'undo' },
  ]);
});

test('a step back to an override that has expired since is skipped, because it would change nothing', async () => {
  const { registry, later } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(judge, model('near/c'), NOTE);
  const expiresAt = new Date(START + 10_000).toISOString();
  await registry.assign(judge, model('near/b'), { ...NOTE, expiresAt });
  await registry.assign(judge, model('cloud/d'), NOTE);
  later(20_000);
  await registry.undo(judge, anything, NOTE);
  expect(registry.node('judge').override).toBeNull();
  await registry.undo(judge, anything, NOTE);
  expect(registry.node('judge').assignment).toEqual(model('near/c'));
});

test('undo skips an override that has already expired', async () => {
  const { registry, later } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(judge, model('near/b'), NOTE);
  const expiresAt = new Date(START + 10_000).toISOString();
  await registry.assign(judge, model('near/c'), { ...NOTE, expiresAt });
  later(20_000);
  await registry.expireDue();
  const { generation } = registry.snapshot;
  await registry.undo(judge, anything, NOTE);
  expect(registry.node('judge').assignment).toEqual(model('near/b'));
  expect(registry.snapshot.generation).toBe(generation + 1);
  await registry.undo(judge, anything, NOTE);
  expect(registry.node('judge').override).toBeNull();
  await expect(registry.undo(judge, anything, NOTE)).rejects.toMatchObject({ code: 'invalid_body' });
});

test('an undo restores the expiry of the override', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  const expiresAt = new Date(START + 10_000).toISOString();
  await registry.assign(judge, model('near/b'), { ...NOTE, expiresAt });
  await registry.assign(judge, model('near/c'), NOTE);
  await registry.undo(judge, anything, NOTE);
  expect(registry.node('judge').override?.expiresAt).toBe(expiresAt);
});

test('an undo to an override that is no longer valid changes nothing', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  await registry.assign(judge, model('near/b'), NOTE);
  await registry.assign(judge, model('near/c'), NOTE);
  const { generation } = registry.snapshot;
  const refused = registry.undo(
    judge,
    (assignment) => {
      throw new GatewayError('unfit_target', `not ${assignment.model ?? ''}`);
    },
    NOTE,
  );
  await expect(refused).rejects.toMatchObject({ code: 'unfit_target', message: 'not near/b' });
  expect(registry.snapshot.generation).toBe(generation);
  expect(registry.node('judge').assignment).toEqual(model('near/c'));
});

test('a user undoes only that user’s own changes', async () => {
  const { registry } = await benchOf(await configOf(BASE_CONFIG));
  const ann = { user: 'ann', subject: 'lane:main' };
  const everybody = { user: null, subject: 'lane:main' };
  await registry.assign(ann, model('near/b'), NOTE);
  await registry.assign(everybody, model('near/c'), NOTE);
  await registry.undo(ann, anything, NOTE);
  expect(registry.lane('main', 'ann').override?.model).toBe('near/c');
  await expect(registry.undo(ann, anything, NOTE)).rejects.toMatchObject({ code: 'invalid_body' });
});
