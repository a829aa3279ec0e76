import { expect, test } from 'vitest';

import { poolView } from '../../../src/engines/pool/views.ts';
import { PoolResidency } from '../../../src/engines/pool/pool-residency.ts';
import { CoreWorld } from './core-world.ts';

// Why a model is not loaded yet, as operators and waiting clients read it. The pool has 100 GB.

const MODELS = { 'e/a': { gb: 60 }, 'e/b': { gb: 60 }, 'e/c': { gb: 60 }, 'e/small': { gb: 10 } };

/** The reason of each model that somebody waits for, as `GET /api/pools` has it. */
function reasons(world: CoreWorld): Readonly<Record<string, string | null>> {
  const { waiting } = poolView('local', world.core, { now: world.now, wall: 0 });
  return Object.fromEntries(waiting.map(({ model, reason }) => [model, reason]));
}

/** What a request that comes now would wait for. */
function delay(world: CoreWorld, target: string): string | null {
  return new PoolResidency(world.core, { now: () => world.now }).wait(target).delay;
}

/** A pool with these models in memory, at 100 s. */
function loaded(targets: readonly string[], settings: ConstructorParameters<typeof CoreWorld>[1]): CoreWorld {
  const world = new CoreWorld(MODELS, settings);
  world.now = 100_000;
  for (const target of targets) {
    world.core.load(target, false, world.now);
    world.take();
    world.settle();
  }
  return world;
}

test('a model that has not been in memory for min_residency_s is named with the seconds that are left', () => {
  const world = loaded(['e/a'], { minResidencyMs: 30_000 });
  world.pass(18_000);
  world.request('e/b');
  const reason = 'e/a stays in memory for another 12 s (min_residency_s)';
  expect(reasons(world)).toEqual({ 'e/b': reason });
  expect(delay(world, 'e/b')).toBe(reason);
  // Nobody waits for it yet: the next one would.
  expect(delay(world, 'e/c')).toBe(reason);
  world.pass(2_000);
  expect(delay(world, 'e/b')).toBe('e/a stays in memory for another 10 s (min_residency_s)');
});

test('of two models in memory the one that can go first is named', () => {
  const world = new CoreWorld(
    { 'e/x': { gb: 50 }, 'e/y': { gb: 50 }, 'e/z': { gb: 50 } },
    { minResidencyMs: 30_000 },
  );
  world.core.load('e/x', false, 0);
  world.take();
  world.settle();
  world.pass(10_000);
  world.core.load('e/y', false, world.now);
  world.take();
  world.settle();
  world.request('e/z');
  expect(delay(world, 'e/z')).toBe('e/x stays in memory for another 20 s (min_residency_s)');
});

test('nothing is named where the load can begin, or nobody has to make room', () => {
  const world = loaded(['e/a'], { minResidencyMs: 30_000 });
  expect(delay(world, 'e/small')).toBeNull();
  expect(delay(world, 'e/a')).toBeNull();
  expect(reasons(world)).toEqual({});
});

test('a model in use is named with its requests and the time at which it begins no new ones', () => {
  const world = loaded(['e/a'], { minResidencyMs: 0 });
  world.request('e/a');
  world.request('e/a');
  world.request('e/b');
  // 120 s less what unloading, loading (never measured: 10 s) and the end of the requests take.
  expect(reasons(world)['e/b']).toBe(
    'e/a answers 2 requests; after another 103 s it begins no new requests (max_wait_s)',
  );
});

test('an idle model that was in use a moment ago is named, and why it stays longer than usual', () => {
  const world = loaded(['e/a'], { minResidencyMs: 0 });
  world.request('e/a');
  world.release('e/a');
  world.pass(1_000);
  world.request('e/b');
  expect(reasons(world)['e/b']).toMatch(/^e\/a was in use 1 s ago and stays in memory for another \d+ s$/);
});

test('a switch that has begun says what it waits for', () => {
  const world = loaded(['e/a'], { minResidencyMs: 0, batch: 1 });
  world.request('e/a');
  world.core.load('e/b', false, world.now);
  world.take();
  world.request('e/b');
  expect(world.state).toBe('draining');
  expect(reasons(world)['e/b']).toBe('e/a still answers 1 request');
  world.request('e/small');
  expect(reasons(world)['e/small']).toBe('e/b is loaded first (0 %)');
  // It takes no further requests.
  world.request('e/a');
  expect(delay(world, 'e/a')).toBe('e/b is loaded first (0 %)');
  world.release('e/a');
  expect(world.state).toBe('unloading');
  expect(reasons(world)['e/b']).toBe('e/a is being unloaded');
  world.answer();
  expect(world.state).toBe('loading');
  expect(reasons(world)['e/b']).toBeNull();
});

test.each([
  [96, 'the machine is above its hard limit of 95 °C: no request and no load begins'],
  [
    90,
    'the machine is above its soft limit of 85 °C: e/a is not swapped yet; after another 108 s it begins no new requests (max_wait_s)',
  ],
])('at %d °C the heat is named', (degrees, reason) => {
  const world = loaded(['e/a'], { minResidencyMs: 0, softC: 85, hardC: 95 });
  world.temperatureC = degrees;
  for (let second = 0; second < 3; second += 1) {
    world.now += 1_000;
    world.read();
  }
  world.request('e/b');
  expect(reasons(world)['e/b']).toBe(reason);
});

test('a claim of the pool is named with its lane', () => {
  const world = loaded([], { minResidencyMs: 0 });
  world.request('e/a', { burst: true, lane: 'deep' });
  world.settle();
  world.request('e/b');
  expect(reasons(world)['e/b']).toBe('lane "deep" has claimed the pool for e/a');
});

test('after a load that failed the next request is told when the next one may begin', () => {
  const world = loaded([], { minResidencyMs: 0 });
  world.request('e/a');
  world.answer('failed');
  world.settle();
  world.pass(5_000);
  expect(delay(world, 'e/a')).toBe('its last load failed, and the next one may begin in 25 s');
});

test('who has waited longest is named by those that have to let it go first', () => {
  const world = loaded(['e/a'], { minResidencyMs: 600_000, maxWaitMs: 20_000 });
  world.request('e/b', { deadline: Infinity });
  world.pass(15_000);
  world.request('e/c', { deadline: Infinity });
  expect(reasons(world)).toEqual({
    'e/b': 'e/a stays in memory for another 585 s (min_residency_s)',
    'e/c': 'e/b has waited for longer and is loaded first',
  });
});

test('models whose requests all went elsewhere say that they do not disturb those in memory', () => {
  const world = loaded(['e/a'], { minResidencyMs: 0 });
  world.pass(100_000);
  world.request('e/b', { wait: false, demand: 'idle' });
  expect(reasons(world)['e/b']).toBe(
    'its requests were answered elsewhere, and are too few to unload e/a for',
  );
  // One that would wait for it is not put off with that.
  expect(delay(world, 'e/b')).toBeNull();
});
