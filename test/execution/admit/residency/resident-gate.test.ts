import { expect, test } from 'vitest';

import type { Residency } from '../../../../src/execution/admit/residency/residency.ts';
import { ResidentGate } from '../../../../src/execution/admit/residency/resident-gate.ts';
import type { Entrant, RefusalCode, TargetGate } from '../../../../src/execution/admit/target-gate.ts';
import type { GateWaiter, Held } from '../../../../src/execution/admit/gate.ts';
import type {
  AcquireOptions,
  EngineStart,
  LeaseAnswer,
  LeaseLane,
  LeaseWait,
} from '../../../../src/protocol/lease.ts';
import type { LaneEntry, ModelEntry } from '../../../../src/routing/snapshot.ts';
import { snapshotOf } from '../../../support/snapshot.ts';

// Who waits for a model that is not in memory: it depends on the lane, and on whether its engine loads for requests.

const { models, lanes } = snapshotOf({ models: { 'l/a': {} }, lanes: { main: { preferred: ['l/a'] } } });
const MODEL = models.get('l/a') as ModelEntry;
const LANE = lanes.get('main') as LaneEntry;
const LOADING: LeaseAnswer = { kind: 'loading', retryAfterS: 7, progress: 0 };

/** A pool with one model. */
class FakeResidency implements Residency {
  readonly asked: { readonly lane: LeaseLane | null; readonly options: AcquireOptions }[] = [];
  released = 0;
  managed = true;
  /** Its engine loads models for requests by itself. */
  onDemand = false;
  /** Of its engine. */
  start: EngineStart | null = null;
  answer: LeaseAnswer = LOADING;
  wait: LeaseWait = { progress: null, delay: null, isQueueFull: false };
  /** Settles the request that waits. */
  arrive: (answer: LeaseAnswer) => void = () => undefined;

  manages(): boolean {
    return this.managed;
  }

  starting(): EngineStart | null {
    return this.start;
  }

  isStarting(): boolean {
    return this.start !== null;
  }

  loadsForRequests(): boolean {
    return this.onDemand;
  }

  acquire(
    _target: string,
    lane: LeaseLane | null,
    options: AcquireOptions,
  ): LeaseAnswer | Promise<LeaseAnswer> {
    this.asked.push({ lane, options });
    if (!options.wait) return this.answer;
    return new Promise((resolve) => {
      this.arrive = resolve;
    });
  }

  waitOf(): LeaseWait {
    return this.wait;
  }

  noteFailure(): void {
    // Nothing depends on it here.
  }

  look(): Promise<void> {
    return Promise.resolve();
  }

  get lease(): LeaseAnswer {
    return {
      kind: 'lease',
      lease: {
        release: () => {
          this.released += 1;
        },
      },
    };
  }
}

const NO_LIMITS: TargetGate = {
  concerns: () => false,
  tryEnter: () => ({ kind: 'entered', pass: null }),
  look: () => ({ kind: 'free' }),
};

function bench(
  residency = new FakeResidency(),
  limits = NO_LIMITS,
): {
  readonly gate: ResidentGate;
  readonly residency: FakeResidency;
  readonly refusals: readonly RefusalCode[];
} {
  const refusals: RefusalCode[] = [];
  const countRefusal = (_: string, code: RefusalCode): void => {
    refusals.push(code);
  };
  return {
    residency,
    refusals,
    gate: new ResidentGate({ residency, limits, clock: { now: () => 1_000 }, countRefusal }),
  };
}

function entrant(lane: LaneEntry | null): Entrant {
  return {
    ...{ lane, queue: { max: 4, waitMs: 5_000 }, background: false, demand: 'load' as const },
    ...{ request: null, usesSlot: true },
  };
}

function waiter(): GateWaiter & { readonly got: Held[]; opens: number } {
  const got: Held[] = [];
  return {
    ...{ lane: 'main', background: false, maxWaiting: 4, got, opens: 0 },
    granted: (held) => got.push(held),
    opened() {
      this.opens += 1;
    },
  };
}

test('a lane that does not wait goes on to its next target, and the model is loaded for those that follow', () => {
  const { gate, residency } = bench();
  const answer = gate.tryEnter(MODEL, entrant(LANE));
  expect(answer).toMatchObject({ kind: 'unavailable', failure: { class: 'loading', retryAfterMs: 7_000 } });
  expect(residency.asked).toMatchObject([{ options: { wait: false, demand: 'load' } }]);
});

test.each([
  ['a lane with wait_while_loading', { ...LANE, waitWhileLoading: true as const }, false],
  ['a request that names the model', null, false],
  ['any lane whose engine loads models for requests by itself', LANE, true],
])('%s waits for the model', (_, lane, onDemand) => {
  const { gate, residency } = bench();
  residency.onDemand = onDemand;
  expect(gate.tryEnter(MODEL, entrant(lane))).toMatchObject({ kind: 'wait', reason: 'is not loaded yet' });
  expect(gate.look(MODEL, entrant(lane))).toEqual({
    kind: 'wait',
    reason: 'is not loaded yet',
    isLoad: true,
  });
  // The load is asked for once the request has joined the queue.
  expect(residency.asked.map(({ options }) => options.demand)).toEqual(['none', 'none']);
});

test('a request that waits for an engine that loads by itself enters with the lease of the load', async () => {
  const { gate, residency } = bench();
  residency.onDemand = true;
  const answer = gate.tryEnter(MODEL, entrant(LANE));
  if (answer.kind !== 'wait') throw new Error(answer.kind);
  expect(answer.queue.expectedWaitMs()).toBe(7_000);
  const waiting = waiter();
  expect(answer.queue.join(waiting)).toBe(true);
  expect(residency.asked.at(-1)).toMatchObject({
    lane: { name: 'main', burst: false },
    options: { wait: true, deadline: 6_000 },
  });
  residency.arrive(residency.lease);
  await expect.poll(() => waiting.got.length).toBe(1);
  waiting.got[0]?.leave();
  expect(residency.released).toBe(1);
});

test('what a request waits for can be asked for at any time', () => {
  const { gate, residency } = bench();
  const answer = gate.tryEnter(MODEL, entrant(null));
  if (answer.kind !== 'wait') throw new Error(answer.kind);
  residency.wait = { progress: null, delay: 'l/b answers 2 requests', isQueueFull: false };
  expect(answer.queue.waitsFor?.()).toBe('waiting for l/a; l/b answers 2 requests');
  expect(gate.look(MODEL, entrant(null))).toMatchObject({ kind: 'wait', delay: 'l/b answers 2 requests' });
  residency.wait = { progress: 0.126, delay: null, isQueueFull: false };
  expect(answer.queue.waitsFor?.()).toBe('loading 12 %');
});

test('a look at a model for which no more requests may wait says how a request is answered', () => {
  const { gate, residency } = bench();
  residency.wait = { progress: null, delay: null, isQueueFull: true };
  expect(gate.look(MODEL, entrant(null))).toMatchObject({ kind: 'wait', refusal: { code: 'queue_full' } });
});

test('one that gives up does not keep a lease that comes afterwards', async () => {
  const { gate, residency } = bench();
  residency.onDemand = true;
  const answer = gate.tryEnter(MODEL, entrant(LANE));
  if (answer.kind !== 'wait') throw new Error(answer.kind);
  const waiting = waiter();
  answer.queue.join(waiting);
  answer.queue.quit(waiting);
  expect(residency.asked.at(-1)?.options.signal?.aborted).toBe(true);
  residency.arrive(residency.lease);
  await expect.poll(() => residency.released).toBe(1);
  expect([waiting.got, waiting.opens]).toEqual([[], 0]);
});

test('a wait in vain makes the request ask again, and is counted', async () => {
  const { gate, residency, refusals } = bench();
  residency.onDemand = true;
  const answer = gate.tryEnter(MODEL, entrant(LANE));
  if (answer.kind !== 'wait') throw new Error(answer.kind);
  const waiting = waiter();
  answer.queue.join(waiting);
  residency.arrive({ kind: 'refused', reason: 'load_failed', message: 'no such file', retryAfterMs: null });
  await expect.poll(() => waiting.opens).toBe(1);
  answer.refused('queue_timeout');
  expect(refusals).toEqual(['queue_timeout']);
});

test('a model that cannot be loaded is unavailable also where its engine loads for requests', () => {
  const { gate, residency } = bench();
  residency.onDemand = true;
  residency.answer = {
    kind: 'refused',
    reason: 'does_not_fit',
    message: 'l/a needs 9 GB',
    retryAfterMs: null,
  };
  expect(gate.tryEnter(MODEL, entrant(LANE))).toMatchObject({
    kind: 'unavailable',
    failure: { class: 'out_of_memory', summary: 'has no memory: l/a needs 9 GB' },
  });
});

test('a model in memory is entered at once, and its lease released at the end', () => {
  const { gate, residency } = bench();
  residency.answer = residency.lease;
  const answer = gate.tryEnter(MODEL, entrant(LANE));
  if (answer.kind !== 'entered') throw new Error(answer.kind);
  expect(residency.released).toBe(0);
  answer.pass?.leave();
  expect(residency.released).toBe(1);
});

test('a look at a model in memory keeps no lease', () => {
  const { gate, residency } = bench();
  residency.answer = residency.lease;
  expect(gate.look(MODEL, entrant(LANE))).toEqual({ kind: 'free' });
  expect(residency.released).toBe(1);
});

test('a lease is not kept where the limits of the target have no room', () => {
  const full = { kind: 'unavailable', failure: { class: 'busy' } } as unknown as ReturnType<
    TargetGate['tryEnter']
  >;
  const { gate, residency } = bench(undefined, { ...NO_LIMITS, concerns: () => true, tryEnter: () => full });
  residency.answer = residency.lease;
  expect(gate.tryEnter(MODEL, entrant(LANE))).toBe(full);
  expect(residency.released).toBe(1);
});

const startOf = (ended: Promise<void>): EngineStart => ({
  ...{ ended, why: () => 'its engine is being started', retryAfterMs: 1_000 },
});

test('a request that names a model waits while its engine is being started, and asks again when it is', async () => {
  const { gate, residency } = bench();
  residency.managed = false;
  let started = (): void => undefined;
  residency.start = startOf(
    new Promise((resolve) => {
      started = resolve;
    }),
  );
  expect(gate.concerns(MODEL, null)).toBe(true);
  const answer = gate.tryEnter(MODEL, entrant(null));
  if (answer.kind !== 'wait') throw new Error(answer.kind);
  const waiting = waiter();
  const gone = waiter();
  expect([answer.queue.join(waiting), answer.queue.join(gone)]).toEqual([true, true]);
  expect(answer.queue.waitsFor?.()).toBe('waiting for l/a; its engine is being started');
  answer.queue.quit(gone);
  expect(waiting.opens).toBe(0);
  started();
  await Promise.resolve();
  expect([waiting.opens, gone.opens]).toEqual([1, 0]);
});

test('a lane that does not wait passes over a model whose engine is being started', () => {
  const { gate, residency } = bench();
  residency.managed = false;
  residency.start = startOf(Promise.resolve());
  expect(gate.tryEnter(MODEL, entrant(LANE))).toMatchObject({
    kind: 'unavailable',
    failure: { class: 'loading', code: 'model_loading', retryAfterMs: 1_000 },
  });
  expect(gate.look(MODEL, entrant(LANE))).toMatchObject({
    ...{ kind: 'unavailable', reason: 'its engine is being started' },
    refusal: { code: 'model_loading', why: 'starting' },
  });
  expect(gate.look(MODEL, entrant(null))).toMatchObject({
    kind: 'wait',
    reason: 'its engine is being started',
  });
});

test('a model that no pool manages is left to the limits', () => {
  const { gate, residency } = bench();
  residency.managed = false;
  expect(gate.concerns(MODEL, LANE)).toBe(false);
  expect(gate.tryEnter(MODEL, entrant(LANE))).toEqual({ kind: 'entered', pass: null });
  expect(residency.asked).toEqual([]);
});
