import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Gate, type GateQueue, type GateWaiter, type Held } from '../../../src/execution/admit/gate.ts';

/** A waiter that counts how it ends. */
class Waiter implements GateWaiter {
  readonly lane: string;
  readonly background: boolean;
  readonly maxWaiting = 5;
  readonly #world: World;
  /** How often it got room or was told to ask again. */
  ends = 0;
  /** Others that got room while it waited. */
  passedBy = 0;

  constructor(world: World, lane: string, background: boolean) {
    this.#world = world;
    this.lane = lane;
    this.background = background;
  }

  granted(held: Held, by: GateQueue): void {
    this.ends += 1;
    this.#world.granted(this, held, by);
  }

  opened(): void {
    this.ends += 1;
    this.#world.ended(this);
  }
}

/** Two gates, as two targets of a plan, with what has entered each and who waits for one or for both. */
class World {
  readonly gates = [new Gate(1, { now: () => 0 }), new Gate(2, { now: () => 0 })] as const;
  readonly held: { held: Held; gate: Gate }[] = [];
  readonly waiting: { waiter: Waiter; gates: readonly Gate[] }[] = [];
  readonly all: Waiter[] = [];
  #isClosed = false;

  granted(waiter: Waiter, held: Held, by: GateQueue): void {
    const gate = this.gates.find((each) => each === by);
    const place = this.waiting.find((each) => each.waiter === waiter);
    if (gate === undefined || place === undefined) throw new Error('room for nobody');
    for (const other of this.waiting)
      if (other !== place && other.gates.includes(gate)) other.waiter.passedBy += 1;
    this.ended(waiter);
    this.held.push({ held, gate });
    if (!this.#isClosed) expect(gate.inFlight).toBeLessThanOrEqual(gate.limit);
  }

  /** As a waiter does that has got what it waits for. */
  ended(waiter: Waiter): void {
    const index = this.waiting.findIndex((each) => each.waiter === waiter);
    const [place] = this.waiting.splice(index, 1);
    for (const gate of place?.gates ?? []) gate.quit(waiter);
  }

  arrive(lane: string, background: boolean, which: number): void {
    const gates = which === 2 ? [...this.gates] : [this.gates[which === 0 ? 0 : 1]];
    for (const gate of gates) {
      const held = gate.tryEnter();
      if (held === null) continue;
      this.held.push({ held, gate });
      expect(gate.inFlight).toBeLessThanOrEqual(gate.limit);
      return;
    }
    const waiter = new Waiter(this, lane, background);
    const joined = gates.filter((gate) => gate.join(waiter));
    if (joined.length === 0) return;
    this.all.push(waiter);
    this.waiting.push({ waiter, gates: joined });
  }

  /** No place stays empty while somebody waits for it. */
  check(): void {
    for (const gate of this.gates) {
      const waits = this.waiting.filter(({ gates }) => gates.includes(gate)).length;
      expect(gate.waiting).toBe(waits);
      expect(gate.inFlight).toBe(this.held.filter((each) => each.gate === gate).length);
      if (waits > 0) expect(gate.inFlight).toBeGreaterThanOrEqual(gate.limit);
    }
  }

  finish(): void {
    while (this.held.length > 0) this.held.shift()?.held.leave();
    this.#isClosed = true;
    for (const gate of this.gates) gate.open();
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('arrive'), fc.nat(2), fc.nat(4), fc.nat(2)) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('leave'), fc.nat(20), fc.constant(0), fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('quit'), fc.nat(20), fc.constant(0), fc.constant(0)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('limit'), fc.nat(1), fc.integer({ min: 1, max: 4 }), fc.constant(0)),
  },
);

test('whatever ends requests and changes limits: never above the limit, no place lost, one end for each', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const world = new World();
      const quitters = new Set<Waiter>();
      for (const [kind, a, b, c] of steps) {
        if (kind === 'arrive') world.arrive(`lane-${a}`, b === 0, c);
        else if (kind === 'limit') world.gates[a === 0 ? 0 : 1].setLimit(b);
        else if (kind === 'leave') {
          const [left] = world.held.splice(a % Math.max(world.held.length, 1), 1);
          left?.held.leave();
          // A request that ends twice returns its room once.
          left?.held.leave();
        } else {
          const place = world.waiting[a % Math.max(world.waiting.length, 1)];
          if (place === undefined) continue;
          quitters.add(place.waiter);
          world.ended(place.waiter);
        }
        world.check();
      }
      world.finish();
      expect(world.waiting).toEqual([]);
      for (const waiter of world.all) expect(waiter.ends).toBe(quitters.has(waiter) ? 0 : 1);
      for (const gate of world.gates) expect(gate.waiting).toBe(0);
    }),
    { numRuns: 2000 },
  );
});

/**
 * With three lanes of at most five waiting requests: before a foreground request go at most the four of its lane that came
 * earlier, and the two other lanes once before each of these five turns: 4 + 2 × 5 = 14. A background request has one turn
 * in eight, so that at most three are among these: one at once, and one after every seven.
 */
const BEFORE_FOREGROUND = 14 + 3;
/** By the same count 14 background requests, and seven others before each of those and before the request itself. */
const BEFORE_BACKGROUND = 14 + 7 * 15;

const arrival = fc.record({ lane: fc.nat(2), background: fc.boolean() });

test('nobody is starved, however many others keep coming', () => {
  fc.assert(
    fc.property(
      fc.array(arrival, { maxLength: 60, size: 'max' }),
      fc.array(arrival, { minLength: 1, maxLength: 30, size: 'max' }),
      (early, late) => {
        const world = new World();
        const arrive = ({ lane, background }: { lane: number; background: boolean }): void => {
          world.arrive(`lane-${lane}`, background, 0);
        };
        arrive({ lane: 0, background: false });
        for (const each of early) arrive(each);
        const first = world.waiting.map(({ waiter }) => waiter);
        for (let turn = 0; turn < 300; turn += 1) {
          world.held.shift()?.held.leave();
          for (let more = 0; more < 3; more += 1) arrive(late[(3 * turn + more) % late.length]!);
        }
        for (const { ends } of first) expect(ends).toBe(1);
        for (const { passedBy, background } of world.all)
          expect(passedBy).toBeLessThanOrEqual(background ? BEFORE_BACKGROUND : BEFORE_FOREGROUND);
      },
    ),
    { numRuns: 300 },
  );
});

test('a background request of a lane that is busy in the foreground gets its turn among those of other lanes', () => {
  const world = new World();
  const arrive = (lane: string, background: boolean): void => {
    world.arrive(lane, background, 0);
  };
  for (let more = 0; more < 6; more += 1) arrive('busy', false);
  for (let more = 0; more < 5; more += 1) arrive('other', true);
  world.held.shift()?.held.leave();
  arrive('busy', true);
  const [waiter] = world.all.slice(-1);
  for (let turn = 0; turn < 100; turn += 1) {
    world.held.shift()?.held.leave();
    arrive('busy', false);
    arrive('other', true);
  }
  expect(waiter?.ends).toBe(1);
});
