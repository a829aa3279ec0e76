import fc from 'fast-check';
import { test } from 'vitest';

import { advanceSwitch, beginSwitch } from '../../../src/engines/pool/switch/switch-machine.ts';
import type {
  MemoryView,
  SwitchEvent,
  SwitchFailure,
  SwitchPlan,
  SwitchState,
  SwitchStep,
} from '../../../src/engines/pool/switch/switch-state.ts';

const LIMITS = {
  drainMs: 60_000,
  cutMs: 5_000,
  unloadMs: 25_000,
  settleMs: 30_000,
  stallMs: 60_000,
  loadMs: 300_000,
  stopMs: 10_000,
  probeMs: 15_000,
};
const FULL = { contextLength: 8_192, quantizedCache: false };
const LESS = { contextLength: 4_096, quantizedCache: false };

const plan: fc.Arbitrary<SwitchPlan> = fc.record({
  id: fc.constant('sw'),
  firstStep: fc.constant(1),
  cause: fc.constantFrom('request' as const, 'operator' as const, 'burst' as const),
  target: fc.constantFrom('e/new', null),
  settings: fc.constantFrom(FULL, null),
  evict: fc.subarray(['e/a', 'e/b', 'e/c']),
  forced: fc.boolean(),
  expectedFallBytes: fc.constantFrom(0, 1e9),
  limits: fc.constant(LIMITS),
});
const failure: fc.Arbitrary<SwitchFailure> = fc.record({
  kind: fc.constantFrom('out_of_memory' as const, 'stalled' as const, 'failed' as const, 'aborted' as const),
  message: fc.constant('it failed'),
  exitCode: fc.constantFrom(null, 1, 137),
});
/** 0 is the current step, others are results that come late. */
const offset = fc.constantFrom(0, 0, 0, -1, -2);
type Move = (state: SwitchState) => { readonly event: SwitchEvent; readonly afterMs: number };
const memory: fc.Arbitrary<MemoryView> = fc.record({
  usedBytes: fc.constantFrom(null, 0, 5e8, 3e9),
  room: fc.constantFrom('enough' as const, 'short' as const, 'unknown' as const),
  isExact: fc.boolean(),
});
const event: fc.Arbitrary<(step: number) => SwitchEvent> = fc.oneof(
  fc.constant(() => ({ type: 'idle' as const })),
  fc.constant(() => ({ type: 'cancel' as const })),
  offset.map((by) => (step: number) => ({ type: 'unloaded' as const, step: step + by })),
  fc.tuple(offset, failure).map(([by, why]) => (step: number) => ({
    type: 'unload_failed' as const,
    step: step + by,
    failure: why,
  })),
  memory.map((view) => () => ({ type: 'memory' as const, ...view })),
  fc
    .tuple(offset, fc.constantFrom(null, 0, 0.3, 0.9, 2, Number.NaN))
    .map(([by, fraction]) => (step: number) => ({ type: 'progress' as const, step: step + by, fraction })),
  offset.map((by) => (step: number) => ({ type: 'loaded' as const, step: step + by })),
  fc.tuple(offset, failure, fc.constantFrom(null, LESS)).map(([by, why, retry]) => (step: number) => ({
    type: 'load_failed' as const,
    step: step + by,
    failure: why,
    retry,
  })),
  offset.map((by) => (step: number) => ({ type: 'probed' as const, step: step + by })),
  fc
    .tuple(offset, failure)
    .map(([by, why]) => (step: number) => ({ type: 'probe_failed' as const, step: step + by, failure: why })),
  memory.map((view) => () => ({ type: 'tick' as const, ...view })),
);
/** What takes the switch a step on. */
function helpful({ phase, step, drainedAt }: SwitchState): SwitchEvent {
  if (phase === 'unloading') return { type: 'unloaded', step };
  if (phase === 'loading') return { type: 'loaded', step };
  if (phase === 'probing') return { type: 'probed', step };
  return phase === 'draining' && drainedAt === null
    ? { type: 'idle' }
    : { type: 'memory', usedBytes: drainedAt === null ? null : 0, room: 'enough', isExact: true };
}
const move: fc.Arbitrary<Move> = fc
  .tuple(event, fc.boolean(), fc.constantFrom(0, 1, 1_000, 20_000, 70_000))
  .map(([make, helps, afterMs]) => (state) => ({
    event: helps ? helpful(state) : make(state.step),
    afterMs: helps ? 10 : afterMs,
  }));

const NO_VIEW: MemoryView = { usedBytes: null, room: 'unknown', isExact: true };

/** A switch that only sees time pass: the longest way is every model loaded, stalled and given up. */
const LONGEST_MS = 30 * 60_000;

/** As `expect`, which costs too much a hundred thousand times. */
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function check(before: SwitchState | null, step: SwitchStep): void {
  must((step.state === null) === (step.outcome !== null), 'it goes on, or has an outcome');
  const { state } = step;
  if (state === null) return;
  must(state.progress >= (before?.progress ?? 0) && state.progress < 1, 'progress does not fall');
  const calls = step.effects.filter(({ type }) => type === 'unload' || type === 'load' || type === 'probe');
  must(calls.length <= 1, 'one call at a time');
  for (const call of calls) {
    must('step' in call && call.step === state.step, 'a call has the current step');
    must('target' in call && call.target === state.subject, 'a call is about the subject');
  }
  if (state.phase === 'unloading' || state.phase === 'loading' || state.phase === 'probing')
    must(state.subject !== null, 'the phase has a subject');
  // Whatever is in memory is loaded only once those that had to go were unloaded.
  if (state.phase === 'loading' && state.failure === null)
    must(state.evict.length === 0, 'nothing is loaded before all have gone');
}

test('whatever an engine answers, and whenever: a switch keeps its order, and time alone ends it', () => {
  fc.assert(
    fc.property(plan, fc.array(move, { maxLength: 14 }), (made, moves) => {
      let now = 0;
      let step = beginSwitch(made, now);
      check(null, step);
      for (const next of moves) {
        if (step.state === null) break;
        const { event: one, afterMs } = next(step.state);
        now += afterMs;
        const before = step.state;
        step = advanceSwitch(before, one, now);
        check(before, step);
      }
      const until = now + LONGEST_MS;
      while (step.state !== null) {
        must(now < until, 'time alone ends it');
        now += 10_000;
        const before: SwitchState = step.state;
        step = advanceSwitch(before, { type: 'tick', ...NO_VIEW }, now);
        check(before, step);
      }
      if (step.outcome?.kind === 'failed')
        must(step.outcome.failure.message !== '', 'a failure has a message');
    }),
    { numRuns: 92_000 },
  );
});
