import { expect, test } from 'vitest';

import { CoreWorld } from './core-world.ts';

const MODELS = { 'e/a': { gb: 60 }, 'e/b': { gb: 60 } };

function hot(degrees: number): CoreWorld {
  const world = new CoreWorld(MODELS, { softC: 85, hardC: 95, minResidencyMs: 0 });
  world.request('e/a');
  world.settle();
  heat(world, degrees);
  return world;
}

function heat(world: CoreWorld, degrees: number, seconds = 3): void {
  for (let second = 0; second < seconds; second += 1) {
    world.now += 1_000;
    world.core.read(
      { memory: null, source: null, pressure: null, temperatureC: degrees, powerW: null, oomKills: null },
      world.now,
    );
    world.take();
  }
}

test('above the hard limit no request begins and no model is loaded, until the machine has cooled down', () => {
  const world = hot(96);
  expect(world.request('e/a', { wait: false })).toMatchObject({
    kind: 'refused',
    refusal: { reason: 'too_hot', message: expect.stringContaining('95 °C') },
  });
  world.request('e/a', { deadline: Infinity });
  world.release('e/a');
  heat(world, 96);
  expect(world.leases).toEqual([]);
  heat(world, 80, 62);
  expect(world.leases).toEqual(['e/a']);
});

test('above the soft limit fewer requests run at once', () => {
  const world = hot(90);
  expect(world.request('e/a').kind).toBe('waiting');
  world.release('e/a');
  expect(world.leases).toEqual(['e/a']);
});
