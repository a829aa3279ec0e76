import { expect, test } from 'vitest';

import { CoreWorld, GB } from './core-world.ts';

const MODELS = {
  'e/a': { gb: 60 },
  'e/b': { gb: 60 },
  'e/c': { gb: 30 },
  'e/pinned': { gb: 50, pinned: true },
  'e/huge': { gb: 120 },
};

function serving(target: string, settings: ConstructorParameters<typeof CoreWorld>[1] = {}): CoreWorld {
  const world = new CoreWorld(MODELS, settings);
  world.request(target);
  world.settle();
  return world;
}

test('models that fit side by side are loaded side by side', () => {
  const world = serving('e/a');
  world.request('e/c');
  world.settle();
  expect(world.resident()).toEqual(['e/a', 'e/c']);
});

test('what can never fit is refused at once, with the figures', () => {
  const world = serving('e/a');
  expect(world.request('e/huge')).toMatchObject({
    kind: 'refused',
    refusal: { reason: 'does_not_fit', message: expect.stringContaining('needs 120.0 GB') },
  });
});

test('a pinned model is not unloaded, not even for an operator', () => {
  const world = serving('e/pinned', { minResidencyMs: 0 });
  world.release('e/pinned');
  expect(world.request('e/b')).toMatchObject({ kind: 'refused', refusal: { reason: 'does_not_fit' } });
  expect(world.core.load('e/b', true, world.now)).toMatchObject({ kind: 'refused', reason: 'does_not_fit' });
});

test('a model that was just loaded stays for 30 s although another is wanted, unless an operator wants it', () => {
  const world = serving('e/a');
  world.release('e/a');
  world.pass(5_000);
  world.request('e/b');
  world.pass(20_000);
  expect(world.calls).toEqual([]);
  world.core.load('e/b', false, world.now);
  world.take();
  world.settle();
  expect(world.resident()).toEqual(['e/b']);
});

test('while another model waits, the resident one begins 32 more requests and is then drained', () => {
  const world = serving('e/a', { minResidencyMs: 0 });
  world.request('e/b', { deadline: Infinity });
  let begun = 0;
  for (; begun < 100 && world.request('e/a').kind === 'granted'; begun += 1) world.pass(100);
  expect(begun).toBe(32);
  expect(world.state).toBe('draining');
  for (const lease of [...world.leases]) world.release(lease);
  world.settle();
  expect(world.resident()).toEqual(['e/b']);
});

test('a model that requests wait for is being loaded before 120 s have passed, however busy the resident one is', () => {
  const world = serving('e/a', { batch: 1_000_000 });
  world.request('e/b', { deadline: Infinity });
  const began = world.now;
  while (world.state === 'none' && world.now - began < 200_000) {
    world.request('e/a');
    world.release('e/a');
    world.pass(500);
  }
  expect(world.now - began).toBeLessThan(120_000);
});

test('after many switches in a row, the last request that waits is not kept waiting for an idle model', () => {
  const world = serving('e/a');
  for (const [turn, target] of Array.from(
    { length: 40 },
    (_, at) => [at, at % 2 === 1 ? 'e/a' : 'e/b'] as const,
  )) {
    for (const lease of [...world.leases]) world.release(lease);
    world.core.load(target, false, world.now);
    world.take();
    world.pass(turn === 39 ? 1_000 : 5_000);
    world.settle();
  }
  world.request('e/b', { deadline: Infinity });
  const began = world.now;
  while (world.state === 'none' && world.now - began < 200_000) world.pass(500);
  expect(world.now - began).toBeLessThan(35_000);
});

test('requests that do not end postpone a switch, and the next try waits longer', () => {
  const world = serving('e/a', { minResidencyMs: 0, batch: 1 });
  world.request('e/b', { deadline: Infinity });
  world.request('e/a', { wait: false });
  expect(world.state).toBe('draining');
  world.pass(61_000);
  expect(world.state).toBe('none');
  expect(world.news.at(-1)).toMatchObject({ state: 'failed', reason: expect.stringContaining('e/a') });
  expect(world.request('e/a').kind).toBe('granted');
  world.pass(200_000);
  expect(world.state).toBe('draining');
  for (const lease of [...world.leases]) world.release(lease);
  world.settle();
  expect(world.resident()).toEqual(['e/b']);
});

test('a model whose requests did not end in time makes no room the next time, if an idle one can', () => {
  const models = { 'e/quick': { gb: 45 }, 'e/slow': { gb: 45 }, 'e/new': { gb: 45 } };
  const world = new CoreWorld(models, { batch: 1_000_000 });
  for (const [target, ms] of [
    ['e/slow', 60_000],
    ['e/quick', 1_000],
  ] as const) {
    world.core.load(target, false, world.now);
    world.take();
    world.pass(ms);
    world.settle();
  }
  world.request('e/quick');
  world.request('e/new', { deadline: Infinity });
  const drained: string[] = [];
  for (let seconds = 0; seconds < 230; seconds += 1) {
    if (world.request('e/slow', { wait: false }).kind === 'granted') world.release('e/slow');
    world.pass(1_000);
    const closing = world.core.runner.current?.evict ?? [];
    if (closing.length > 0 && closing.join() !== drained.at(-1)) drained.push(closing.join());
  }
  expect(drained).toEqual(['e/quick', 'e/slow']);
});

test('a load that runs out of memory is tried once more with half the window, then not until its pause is over', () => {
  const world = new CoreWorld(MODELS);
  world.request('e/a');
  world.answer('out_of_memory', 137);
  expect(world.calls).toMatchObject([{ type: 'load', settings: { contextLength: 16_384 } }]);
  world.answer('out_of_memory', 137);
  expect(world.calls).toEqual([]);
  expect([...world.ends.values()]).toEqual(['out_of_memory']);
  expect(world.request('e/a')).toMatchObject({ kind: 'refused', refusal: { reason: 'out_of_memory' } });
  world.pass(31_000);
  expect(world.request('e/a').kind).toBe('waiting');
});

test('an engine that can quantise its cache does so when half the window did not fit either', () => {
  const world = new CoreWorld(MODELS, {}, { engine: { quantizesCache: true } });
  world.request('e/a');
  world.answer('out_of_memory');
  world.answer('out_of_memory');
  world.pass(31_000);
  world.request('e/a');
  expect(world.calls).toMatchObject([{ settings: { contextLength: 16_384, quantizedCache: true } }]);
});

test('an engine that holds one model unloads it for the next, whatever the room', () => {
  const world = new CoreWorld(
    { 'e/x': { gb: 1 }, 'e/y': { gb: 1 } },
    { minResidencyMs: 0 },
    { engine: { holdsOne: true } },
  );
  for (const target of ['e/x', 'e/y']) {
    world.core.load(target, false, world.now);
    world.take();
    world.settle();
  }
  expect(world.resident()).toEqual(['e/y']);
});

test.each([
  ['of a model', { gb: null, budgetBytes: 100 * GB }],
  ['of the pool', { gb: 1, budgetBytes: null }],
])('where the size %s is not known, one model is loaded at a time', (_, { gb, budgetBytes }) => {
  const world = new CoreWorld({ 'e/x': { gb }, 'e/y': { gb } }, { minResidencyMs: 0, budgetBytes });
  for (const target of ['e/x', 'e/y']) {
    world.request(target, { deadline: Infinity });
    world.settle();
    world.release(target);
    world.pass(25_000);
    world.settle();
  }
  expect(world.resident()).toEqual(['e/y']);
});

test('a model without a request is unloaded after its idle time', () => {
  const world = new CoreWorld(MODELS, {}, { engine: { idleUnloadMs: 300_000 } });
  world.request('e/a');
  world.settle();
  world.release('e/a');
  expect(world.core.nextAt(world.now)).toBe(world.now + 300_000);
  world.pass(301_000);
  world.settle();
  expect(world.resident()).toEqual([]);
});

test('of several idle models the one goes that has been idle for longest, measured by what loading it again costs', () => {
  const world = new CoreWorld(
    { 'e/slow': { gb: 45 }, 'e/quick': { gb: 45 }, 'e/new': { gb: 45 } },
    { minResidencyMs: 0 },
  );
  const load = (target: string, ms: number): void => {
    world.core.load(target, false, world.now);
    world.take();
    world.pass(ms);
    world.settle();
  };
  load('e/slow', 50_000);
  load('e/quick', 1_000);
  world.pass(120_000);
  load('e/new', 1_000);
  expect(world.resident().sort()).toEqual(['e/new', 'e/slow']);
});

test('lanes take turns, and background requests go last', () => {
  const world = new CoreWorld(MODELS);
  const order: string[] = [];
  const names = new Map<number, string>();
  for (const [lane, background] of [
    ['a', false],
    ['a', false],
    ['b', false],
    ['c', true],
  ] as const) {
    const answer = world.request('e/a', { lane, background });
    if (answer.kind === 'waiting') names.set(answer.waiter, lane);
  }
  world.settle();
  for (const waiter of world.ends.keys()) order.push(names.get(waiter)!);
  expect(order).toEqual(['a', 'b', 'a', 'c']);
});
