import { expect, test } from 'vitest';

import { CoreWorld } from './core-world.ts';

const MODELS = { 'e/a': { gb: 60 }, 'e/b': { gb: 60 } };

/** `e/a` is loaded and idle; a request waits for `e/b`, whose switch has come to the unload. */
function unloading(): CoreWorld {
  const world = new CoreWorld(MODELS, { minResidencyMs: 0 });
  world.core.load('e/a', false, world.now);
  world.take();
  world.settle();
  world.pass(60_000);
  world.request('e/b', { deadline: Infinity });
  expect(world.calls).toMatchObject([{ type: 'unload', target: 'e/a' }]);
  return world;
}

test('a model for which another one could not be unloaded is tried again after seconds', () => {
  const world = unloading();
  world.answer('unreachable');
  expect([...world.ends.values()]).toEqual(['load_failed']);
  expect(world.resident()).toEqual(['e/a']);
  expect(world.request('e/b')).toMatchObject({
    kind: 'refused',
    refusal: {
      message: 'e/a could not be unloaded to make room: e/a: unreachable',
      retryAfterMs: 5_000,
    },
  });
  // The engine has ended meanwhile, and its model with it.
  world.held.clear();
  world.reconcile();
  world.pass(5_000);
  world.request('e/b');
  world.settle();
  expect(world.resident()).toEqual(['e/b']);
});

test('an engine that keeps its model is asked less and less often to unload it', () => {
  const world = unloading();
  const pauses: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    world.answer('failed');
    const refused = world.request('e/b');
    const pause = refused.kind === 'refused' ? (refused.refusal.retryAfterMs ?? 0) : 0;
    pauses.push(pause / 1000);
    world.pass(Math.max(pause, 60_000));
    world.request('e/b', { deadline: Infinity });
  }
  expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
});

test.each([
  ['unreachable', 5],
  ['failed', 30],
] as const)('after a load whose engine is %s the model is not loaded for %d s', (kind, seconds) => {
  const world = new CoreWorld(MODELS);
  world.request('e/b');
  world.answer(kind);
  expect(world.request('e/b')).toMatchObject({
    kind: 'refused',
    refusal: { retryAfterMs: seconds * 1_000 },
  });
});
