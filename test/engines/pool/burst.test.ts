import { expect, test } from 'vitest';

import { CoreWorld } from './core-world.ts';

const MODELS = {
  'e/deep': { gb: 50 },
  'e/a': { gb: 20 },
  'e/b': { gb: 20 },
  'e/pinned': { gb: 10, pinned: true },
};
const DEEP = { burst: true, lane: 'reader' };

function loaded(...targets: string[]): CoreWorld {
  const world = new CoreWorld(MODELS, { minResidencyMs: 0 });
  for (const target of targets) {
    world.core.load(target, false, world.now);
    world.take();
    world.settle();
  }
  return world;
}

test('a lane that claims the pool has all others unloaded, except pinned ones, and they come back 30 s after its last request', () => {
  const world = loaded('e/a', 'e/b', 'e/pinned');
  world.request('e/deep', DEEP);
  world.settle();
  expect(world.resident().sort()).toEqual(['e/deep', 'e/pinned']);
  expect(world.saved).toEqual([{ lane: 'reader', target: 'e/deep', displaced: ['e/a', 'e/b'] }]);
  expect(world.log.indexOf('save_burst')).toBeLessThan(
    world.log.findIndex((line) => line.startsWith('unload')),
  );
  world.pass(100_000);
  expect(world.resident()).toContain('e/deep');
  world.release('e/deep', 'reader');
  world.pass(29_000);
  expect(world.calls).toEqual([]);
  world.pass(2_000);
  world.settle();
  expect(world.resident()).toEqual(expect.arrayContaining(['e/a', 'e/b', 'e/pinned']));
  expect(world.saved.at(-1)).toBeNull();
});

test('requests for other models wait while a lane claims the pool, and are served afterwards', () => {
  const world = loaded('e/a');
  world.request('e/deep', DEEP);
  world.settle();
  const answer = world.request('e/a', { deadline: Infinity });
  expect(answer.kind).toBe('waiting');
  expect(world.request('e/b', { wait: false })).toMatchObject({ kind: 'loading' });
  world.pass(200_000);
  expect(world.ends.size).toBe(1);
  world.release('e/deep', 'reader');
  world.pass(31_000);
  world.settle();
  expect([...world.ends.values()]).toEqual(['grant', 'grant']);
});

test('a claim ends at once when the queue of others is full', () => {
  const world = new CoreWorld(MODELS, { minResidencyMs: 0, queueMax: 2 });
  world.core.load('e/a', false, world.now);
  world.take();
  world.settle();
  world.request('e/deep', DEEP);
  world.settle();
  world.request('e/a');
  world.request('e/a');
  expect(world.request('e/a')).toMatchObject({ kind: 'refused', refusal: { reason: 'queue_full' } });
  expect(world.core.claims.current).toBeNull();
  world.settle();
  expect(world.resident()).toContain('e/a');
});

test('after a crash in the middle of a claim the displaced models come back', () => {
  const burst = { lane: 'reader', target: 'e/deep', displaced: ['e/a', 'e/b'] };
  const world = new CoreWorld(MODELS, {}, { burst });
  world.held.set('e/deep', 50e9);
  world.reconcile();
  world.pass(1_000);
  world.settle();
  expect(world.resident().sort()).toEqual(['e/a', 'e/b', 'e/deep']);
  expect(world.saved).toEqual([{ lane: 'reader', target: 'e/deep', displaced: ['e/b'] }, null]);
});

test('a claim whose model cannot be loaded ends, and the others are back', () => {
  const world = loaded('e/a', 'e/b');
  world.request('e/deep', DEEP);
  while (world.calls[0]?.type === 'unload') world.answer();
  world.answer('failed');
  world.settle();
  expect([...world.ends.values()]).toEqual(['load_failed']);
  expect(world.resident().sort()).toEqual(['e/a', 'e/b']);
  expect(world.core.claims.current).toBeNull();
  expect(world.saved.at(-1)).toBeNull();
});
