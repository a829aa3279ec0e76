import { expect, test } from 'vitest';

import { advanceSwitch, beginSwitch } from '../../../src/engines/pool/switch/switch-machine.ts';
import type { MemoryView, SwitchStep } from '../../../src/engines/pool/switch/switch-state.ts';
import { endOf, flush, PoolHarness } from './pool-harness.ts';

const SIZES = { 'e/a': 60, 'e/b': 60 };

/** A machine without a GPU's counters whose pool has unloaded `e/a` for a request that waits for `e/b`. */
async function unloadedOn(usedGb: number): Promise<{ harness: PoolHarness; waiting: Promise<string> }> {
  const harness = new PoolHarness(SIZES, { minResidencyMs: 0 });
  use(harness, 5);
  await harness.start();
  const first = harness.acquire('e/a');
  await flush();
  use(harness, 65);
  await harness.answerAll();
  const admission = await first;
  if (admission.kind === 'lease') admission.lease.release();
  await harness.pass(20_000);
  const waiting = Promise.resolve(harness.acquire('e/b')).then(endOf);
  await flush();
  use(harness, usedGb);
  harness.engine.calls.shift()!.done();
  await harness.pass(2_000);
  return { harness, waiting };
}

function use(harness: PoolHarness, gb: number): void {
  const memory = { totalBytes: 128e9, usedBytes: gb * 1e9 };
  harness.reading = { ...harness.reading, memory, source: 'meminfo' };
}

test('a switch goes on although other programs have taken what was released, if the rest suffices', async () => {
  const { harness, waiting } = await unloadedOn(65);
  expect(harness.engine.calls).toMatchObject([{ verb: 'load', modelId: 'b' }]);
  await harness.answerAll();
  expect(await waiting).toBe('lease');
});

test('it waits while the rest does not suffice, and goes on once it does', async () => {
  const { harness, waiting } = await unloadedOn(100);
  expect(harness.engine.calls).toEqual([]);
  use(harness, 40);
  await harness.pass(2_000);
  expect(harness.engine.calls).toMatchObject([{ verb: 'load', modelId: 'b' }]);
  await harness.answerAll();
  expect(await waiting).toBe('lease');
});

test('after 30 s without enough memory it fails, and nothing is loaded', async () => {
  const { harness, waiting } = await unloadedOn(100);
  await harness.pass(31_000);
  expect(await waiting).toBe('load_failed');
  expect(harness.engine.calls).toEqual([]);
});

/** A switch from `e/a` to `e/b` that has unloaded `e/a` and reads a memory that has not fallen. */
function settled(view: Omit<MemoryView, 'usedBytes'>): SwitchStep {
  const plan = {
    ...({ id: 'sw', cause: 'request', target: 'e/b', firstStep: 1, evict: ['e/a'], forced: false } as const),
    settings: { contextLength: null, quantizedCache: false },
    expectedFallBytes: 10e9,
    limits: {
      ...{ drainMs: 60_000, cutMs: 5_000, unloadMs: 25_000, settleMs: 30_000, stallMs: 60_000 },
      ...{ loadMs: 300_000, stopMs: 10_000, probeMs: 15_000 },
    },
  };
  const memory = { type: 'memory', usedBytes: 20e9, ...view } as const;
  let state = beginSwitch(plan, 0).state!;
  state = advanceSwitch(state, { type: 'idle' }, 1).state!;
  state = advanceSwitch(state, memory, 2).state!;
  state = advanceSwitch(state, { type: 'unloaded', step: state.step }, 3).state!;
  return advanceSwitch(state, memory, 4);
}

test('where nothing says what a model takes, the word of the engine suffices, with a warning', () => {
  const { state, effects } = settled({ room: 'unknown', isExact: false });
  expect(state?.phase).toBe('loading');
  expect(effects).toMatchObject([
    { type: 'warn', message: expect.stringContaining('was not seen to be released') },
    { type: 'load', target: 'e/b' },
  ]);
});

test('the counters of a GPU are believed, and waited for', () => {
  expect(settled({ room: 'unknown', isExact: true }).state?.phase).toBe('settling');
});
