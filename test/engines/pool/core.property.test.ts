import fc from 'fast-check';
import { expect, test } from 'vitest';

import type { EngineErrorKind } from '../../../src/engines/driver.ts';
import { CoreWorld, GB } from './core-world.ts';

const MODELS = {
  'e/small': { gb: 10 },
  'e/medium': { gb: 40 },
  'e/large': { gb: 70 },
  'e/pinned': { gb: 20, pinned: true },
  'f/other': { gb: 45, provider: 'f' },
  'f/huge': { gb: 300, provider: 'f' },
};
const target = fc.constantFrom(...Object.keys(MODELS));
const error = fc.constantFrom<EngineErrorKind | null>(
  null,
  null,
  null,
  null,
  'out_of_memory',
  'failed',
  'stalled',
  'aborted',
);
type Move = (world: CoreWorld) => void;

const moves: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({
        target,
        lane: fc.constantFrom('a', 'b', null),
        background: fc.boolean(),
        wait: fc.constantFrom(true, true, false),
        demand: fc.constantFrom('load' as const, 'load' as const, 'idle' as const, 'none' as const),
        burst: fc.constantFrom(false, false, false, true),
        patienceMs: fc.constantFrom(1, 5_000, 120_000, 600_000),
      })
      .map(({ target: one, patienceMs, ...more }) => (world: CoreWorld) => {
        world.request(one, { ...more, deadline: world.now + patienceMs });
      }),
  },
  { weight: 4, arbitrary: target.map((one) => (world: CoreWorld) => world.release(one)) },
  { weight: 4, arbitrary: error.map((kind) => (world: CoreWorld) => void world.answer(kind)) },
  { weight: 6, arbitrary: fc.constant((world: CoreWorld) => world.settle()) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(0, 1_000, 40_000, 130_000)
      .map((ms) => (world: CoreWorld) => world.pass(ms, 10_000)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(target, fc.boolean(), fc.boolean())
      .map(([one, force, load]) => (world: CoreWorld) => {
        world.core[load ? 'load' : 'unload'](one, force, world.now);
        world.take();
      }),
  },
  {
    weight: 1,
    arbitrary: target.map((one) => (world: CoreWorld) => {
      // The engine has crashed.
      if (world.core.runner.isBusy(one)) return;
      world.held.delete(one);
      world.reconcile();
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constant((world: CoreWorld) => {
      const [waiter] = world.waiting.keys();
      if (waiter === undefined) return;
      world.core.cancel(waiter, world.waiting.get(waiter)!, world.now);
      world.take();
      expect(world.ends.get(waiter)).toBe('cancelled');
    }),
  },
  { weight: 1, arbitrary: target.map((one) => (world: CoreWorld) => world.core.ranOutOfMemory(one)) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(null, 50, 90, 99).map((degrees) => (world: CoreWorld) => {
      world.temperatureC = degrees;
      world.read();
      world.take();
    }),
  },
);

const settings = fc.record({
  minResidencyMs: fc.constantFrom(0, 30_000),
  maxWaitMs: fc.constantFrom(20_000, 120_000),
  batch: fc.constantFrom(1, 4, 32),
  queueMax: fc.constantFrom(2, 64),
  budgetBytes: fc.constantFrom(75 * GB, 100 * GB, null),
  softC: fc.constantFrom(null, 85),
  hardC: fc.constantFrom(null, 95),
});

test('whatever happens: never two switches, never too much memory, one end for every wait, and a way on', () => {
  fc.assert(
    fc.property(
      settings,
      fc.constantFrom(null, 128),
      fc.array(moves, { maxLength: 50, size: 'max' }),
      (chosen, measured, sequence) => {
        const world = new CoreWorld(MODELS, chosen, {
          memoryGb: chosen.budgetBytes === null ? 100 : measured,
        });
        for (const move of sequence) {
          move(world);
          world.now += 10;
        }
        // Engines that never answer again: time alone ends every switch and every wait.
        world.calls = [];
        for (let spent = 0; spent < 7_200_000 && world.core.nextAt(world.now) !== null; spent += 30_000) {
          world.pass(30_000, 30_000);
          world.calls = [];
          for (const lease of [...world.leases]) world.release(lease);
        }
        expect(world.core.runner.current).toBeNull();
        expect([...world.waiting.keys()]).toEqual([]);
        expect(world.core.nextAt(world.now)).toBeNull();
      },
    ),
    { numRuns: 6_000 },
  );
});

test('a shutdown in the middle of anything ends every wait at once', () => {
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 25 }), (sequence) => {
      const world = new CoreWorld(MODELS);
      for (const move of sequence) move(world);
      world.core.close(world.now);
      world.take();
      expect([...world.waiting.keys()]).toEqual([]);
      expect(world.request('e/small')).toMatchObject({ kind: 'refused' });
      expect(world.core.nextAt(world.now)).toBeNull();
    }),
    { numRuns: 2_000 },
  );
});
