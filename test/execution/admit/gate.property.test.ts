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

test('nobody is starved, however many others keep coming', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(3)), { maxLength: 60 }), (arrivals) => {
      const world = new World();
      const arrive = ([lane, background]: readonly [number, number]): void => {
        world.arrive(`lane-${lane}`, background === 0, 0);
      };
      arrive([0, 1]);
      for (const arrival of arrivals) arrive(arrival);
      // As many arrive as leave, until every one that waited at first had its turn.
      const first = world.waiting.map(({ waiter }) => waiter);
      for (let turns = 0; turns < 500 && first.some(({ ends }) => ends === 0); turns += 1) {
        world.held.shift()?.held.leave();
        arrive([turns % 3, 1]);
      }
      // At most 15 wait in three lanes: 5 of one lane before it, in turn with two others; a background one waits 8 times as long.
      for (const { ends, passedBy, background } of first) {
        expect(ends).toBe(1);
        expect(passedBy).toBeLessThanOrEqual(background ? 15 * 8 : 15);
      }
    }),
    { numRuns: 300 },
  );
});
