import { expect, test } from 'vitest';

import type { HealthView, Pin, Plan } from '../../src/routing/plan.ts';
import { resolve } from '../../src/routing/resolve.ts';
import { ask, deferralsOf, snapshotOf, allHealthy } from '../support/snapshot.ts';

const models = { 'x/a': {}, 'x/b': {}, 'x/c': {} };
const lane = { preferred: ['x/a', 'x/b', 'x/c'] };
const world = { models, lanes: { main: lane }, nodes: { step: {} } };
const heldByB: Pin = { target: 'x/b', head: 'x/a' };

function order(
  name: string,
  pin: Pin | null,
  health: HealthView = allHealthy,
  changed: object = {},
): string[] {
  const plan: Plan = resolve({ ...ask(name), pin }, snapshotOf({ ...world, ...changed }), health);
  return plan.entries.map(({ link }) => link.target.id);
}

test('wire case 204: signed thinking pins a conversation to the target that produced it', () => {
  expect(order('main', null)).toEqual(['x/a', 'x/b', 'x/c']);
  expect(order('main', heldByB)).toEqual(['x/b', 'x/a', 'x/c']);
  expect(order('step', heldByB)).toEqual(['x/b', 'x/a', 'x/c']);
});

test('wire case 204: only while that target is ready: once deferred it moves after the others', () => {
  expect(order('main', heldByB, deferralsOf({ 'x/b': 'breaker_open' }))).toEqual(['x/a', 'x/c', 'x/b']);
});

test('an operator’s switch wins over a pin', () => {
  const at = { reason: null, actor: 'local', at: '2026-01-01T00:00:00.000Z', expiresAt: null };
  const switched = { lanes: { main: { ...lane, override: { ...at, model: 'x/c' } } } };
  expect(order('main', heldByB, allHealthy, switched)).toEqual(['x/c', 'x/a', 'x/b']);
  // A pin that was made under the switch holds only while the switch does.
  const heldByC = { target: 'x/c', head: 'x/c' };
  expect(order('main', heldByC, allHealthy, switched)).toEqual(['x/c', 'x/a', 'x/b']);
  expect(order('main', heldByC)).toEqual(['x/a', 'x/b', 'x/c']);
});

test('a caller who names another model gets it, and a target outside the chain is never added', () => {
  expect(order('x/c', heldByB)).toEqual(['x/c']);
  const without = { lanes: { main: { preferred: ['x/a', 'x/c'] } } };
  expect(order('main', heldByB, allHealthy, without)).toEqual(['x/a', 'x/c']);
});

test('a model that discovery finds does not count as an operator’s switch', () => {
  const scored = {
    lanes: { main: { preferred: [], cloudFallback: ['x/b', 'x/c'] } },
    models: { ...models, 'x/z': { inList: true } },
  };
  const [first] = order('main', null, allHealthy, scored);
  expect(first).toBe('x/z');
  expect(order('main', { target: 'x/c', head: 'x/b' }, allHealthy, scored)[0]).toBe('x/c');
});
