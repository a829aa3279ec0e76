import { expect, test } from 'vitest';

import { CoreWorld, GB } from './core-world.ts';

/** What the model was seen to take, in GB. */
function measured(world: CoreWorld, target: string): number {
  const record = world.core.table.records.get(target)!;
  return (world.core.table.known(record).footprint_bytes ?? 0) / GB;
}

test.each([
  ['its file is known to be as large', 60, 60],
  ['its size is not known', null, 60],
])('memory that comes back during a load does not make the model look smaller: %s', (_, gb, seen) => {
  const world = new CoreWorld(
    { 'e/a': { gb: 50 }, 'e/b': { gb: 40 }, 'e/c': { gb } },
    { budgetBytes: null, minResidencyMs: 0 },
    { engine: { startedHere: true }, memoryGb: 128 },
  );
  const load = (target: string): void => {
    world.core.load(target, false, world.now);
    world.take();
  };
  for (const target of ['e/a', 'e/b']) {
    load(target);
    world.pass(1_000);
    world.read();
    world.settle();
  }
  load('e/c');
  // Some of their memory is still taken when the engine has said that they are unloaded.
  const evicted = world.calls.map(({ target }) => target);
  world.held.set('still taken', 15 * GB);
  while (world.calls[0]?.type === 'unload') world.answer();
  expect(evicted).not.toEqual([]);
  expect(world.calls).toMatchObject([{ type: 'load', target: 'e/c' }]);
  world.held.delete('still taken');
  world.held.set('e/c', 60 * GB);
  world.answer();
  world.read();
  world.settle();
  expect(measured(world, 'e/c')).toBe(seen);
});
