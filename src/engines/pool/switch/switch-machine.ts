import type { LoadSettings } from '../../../protocol/engine.ts';
import { progressAt } from './switch-progress.ts';
import type {
  MemoryView,
  SwitchEffect,
  SwitchEvent,
  SwitchFailure,
  SwitchOutcome,
  SwitchPlan,
  SwitchState,
  SwitchStep,
} from './switch-state.ts';

/** A reading of the memory takes no longer; without one, nothing is waited for after the unload. */
const MEASURE_MS = 3_000;

/**
 * The machine of one switch: `draining → unloading → settling → loading → probing`, of which a plan that evicts nothing
 * or loads nothing leaves parts out. After a failure the evicted models are loaded again, in the same machine. Pure:
 * times are arguments (monotonic ms), and what is to be done is returned. Every phase has a deadline, so that every
 * switch ends if only `tick` goes on being called.
 */
export function beginSwitch(plan: SwitchPlan, now: number): SwitchStep {
  const state: SwitchState = {
    ...plan,
    phase: 'draining',
    gone: [],
    subject: null,
    restore: [],
    failure: null,
    lost: [],
    step: plan.firstStep,
    startedAt: now,
    phaseAt: now,
    signAt: now,
    abortedAt: null,
    progress: 0,
    drainedAt: null,
    usedBefore: null,
  };
  return plan.evict.length > 0 ? going(state) : unloadNext(state, now);
}

/** The state after an event. An event that does not belong to the phase or the step changes nothing. */
export function advanceSwitch(state: SwitchState, event: SwitchEvent, now: number): SwitchStep {
  if ('step' in event && event.step !== state.step) return going(state);
  if (event.type === 'tick') return onTick(state, event, now);
  switch (state.phase) {
    case 'draining':
      return whileDraining(state, event, now);
    case 'unloading':
      return whileUnloading(state, event, now);
    case 'settling':
      return whileSettling(state, event, now);
    case 'loading':
      return whileLoading(state, event, now);
    case 'probing':
      return whileProbing(state, event, now);
  }
}

function whileDraining(state: SwitchState, event: SwitchEvent, now: number): SwitchStep {
  if (event.type === 'cancel') return ended({ kind: 'cancelled' });
  if (event.type === 'idle') {
    return state.drainedAt === null
      ? going({ ...state, drainedAt: now }, [{ type: 'measure' }])
      : going(state);
  }
  if (event.type !== 'memory' || state.drainedAt === null) return going(state);
  return unloadNext({ ...state, usedBefore: event.usedBytes }, now);
}

function unloadNext(state: SwitchState, now: number): SwitchStep {
  const [subject] = state.evict;
  if (subject === undefined) return entering(state, 'settling', null, now, [{ type: 'measure' }]);
  return entering(state, 'unloading', subject, now, [
    { type: 'unload', step: state.step + 1, target: subject },
  ]);
}

function whileUnloading(state: SwitchState, event: SwitchEvent, now: number): SwitchStep {
  if (event.type === 'unloaded') {
    // The target itself, which did not pass its probe.
    if (state.failure !== null) return restoreNext(state, now);
    const [subject, ...evict] = state.evict;
    const gone = subject === undefined ? state.gone : [...state.gone, subject];
    return unloadNext({ ...state, evict, gone }, now);
  }
  if (event.type !== 'unload_failed') return going(state);
  if (state.failure === null) return fail(state, event.failure, now);
  return ended({ kind: 'failed', failure: state.failure, lost: missing(state) });
}

function whileSettling(state: SwitchState, event: SwitchEvent, now: number): SwitchStep {
  if (event.type !== 'memory') return going(state);
  return isReleased(state, event) ? afterSettling(state, event, now) : going(state);
}

/**
 * Is there nothing more to wait for? What is free now may suffice. Otherwise only exact counters show whether the memory
 * of the unloaded models has come back: that of the machine also moves with whatever else runs.
 */
function isReleased(state: SwitchState, memory: MemoryView): boolean {
  if (state.gone.length === 0) return true;
  if (state.settings === null) return !memory.isExact || hasFallen(state, memory);
  if (memory.room === 'short') return memory.isExact && hasFallen(state, memory);
  return memory.room === 'enough' || !memory.isExact || hasFallen(state, memory);
}

/** Has as much come back as was seen to be taken? Also true where that cannot be seen. */
function hasFallen({ expectedFallBytes, usedBefore }: SwitchState, { usedBytes }: MemoryView): boolean {
  if (expectedFallBytes <= 0 || usedBefore === null || usedBytes === null) return true;
  return usedBefore - usedBytes >= expectedFallBytes;
}

function afterSettling(state: SwitchState, memory: MemoryView, now: number): SwitchStep {
  const { target, settings, gone } = state;
  if (target === null || settings === null) return ended({ kind: 'ready' });
  if (memory.room !== 'short') {
    const step = load(state, target, settings, now);
    if (memory.room === 'enough' || gone.length === 0 || hasFallen(state, memory)) return step;
    const message = `the memory of ${gone.join(', ')} was not seen to be released, and nothing says what ${target} takes: it is loaded nevertheless`;
    return { ...step, effects: [{ type: 'warn', message }, ...step.effects] };
  }
  // Nothing was unloaded yet: a new plan can take the new reading into account.
  if (gone.length === 0) return ended({ kind: 'cancelled' });
  const message = memory.shortage ?? `${target} does not fit into the memory that is free now`;
  return fail(state, { kind: 'does_not_fit', message, exitCode: null }, now);
}

function whileLoading(state: SwitchState, event: SwitchEvent, now: number): SwitchStep {
  if (event.type === 'progress') {
    const progress = progressAt(state.progress, 'loading', event.fraction ?? 0);
    return going({ ...state, signAt: now, progress: state.failure === null ? progress : state.progress });
  }
  if (event.type === 'loaded') {
    return entering(state, 'probing', state.subject, now, probeOf(state));
  }
  return event.type === 'load_failed' ? onLoadFailed(state, event, now) : going(state);
}

function probeOf(state: SwitchState): SwitchEffect[] {
  return state.subject === null ? [] : [{ type: 'probe', step: state.step + 1, target: state.subject }];
}

function onLoadFailed(
  state: SwitchState,
  event: { readonly failure: SwitchFailure; readonly retry: LoadSettings | null },
  now: number,
): SwitchStep {
  if (state.failure !== null) return restoreNext(withLost(state), now);
  if (state.abortedAt !== null) return fail(state, stalled(state), now);
  if (event.retry === null || state.subject === null) return fail(state, event.failure, now);
  return load({ ...state, settings: event.retry }, state.subject, event.retry, now);
}

function whileProbing(state: SwitchState, event: SwitchEvent, now: number): SwitchStep {
  if (event.type === 'probed')
    return state.failure === null ? ended({ kind: 'ready' }) : restoreNext(state, now);
  return event.type === 'probe_failed' ? onProbeFailed(state, event.failure, now) : going(state);
}

/** A model that does not serve is unloaded, and those that had to go for it come back. */
function onProbeFailed(state: SwitchState, failure: SwitchFailure, now: number): SwitchStep {
  if (state.failure !== null) return restoreNext(withLost(state), now);
  if (state.subject === null) return fail(state, failure, now);
  const failing = { ...state, failure, restore: [...state.gone].reverse() };
  const unload: SwitchEffect = { type: 'unload', step: state.step + 1, target: state.subject };
  return entering(failing, 'unloading', state.subject, now, [unload]);
}

function onTick(state: SwitchState, memory: MemoryView, now: number): SwitchStep {
  const inPhase = now - state.phaseAt;
  const { limits } = state;
  switch (state.phase) {
    case 'draining':
      return onDrainTick(state, now);
    case 'settling':
      if (inPhase < limits.settleMs) return going(state, [{ type: 'measure' }]);
      return isReleased(state, memory) || hasFallen(state, memory)
        ? afterSettling(state, memory, now)
        : fail(state, leak(state), now);
    case 'unloading':
      return inPhase < limits.unloadMs ? going(state) : giveUp(state);
    case 'probing':
      return inPhase < limits.probeMs ? going(state) : onProbeFailed(state, stalled(state), now);
    case 'loading':
      return onLoadTick(state, now);
  }
}

function onDrainTick(state: SwitchState, now: number): SwitchStep {
  if (state.drainedAt !== null)
    return now - state.drainedAt < MEASURE_MS ? going(state) : unloadNext(state, now);
  const inPhase = now - state.phaseAt;
  if (inPhase < (state.forced ? state.limits.cutMs : state.limits.drainMs)) return going(state);
  return state.forced ? unloadNext(state, now) : ended({ kind: 'postponed' });
}

function onLoadTick(state: SwitchState, now: number): SwitchStep {
  const { limits } = state;
  if (state.abortedAt !== null) return now - state.abortedAt < limits.stopMs ? going(state) : giveUp(state);
  if (now - state.signAt < limits.stallMs && now - state.phaseAt < limits.loadMs) return going(state);
  return going({ ...state, abortedAt: now }, [{ type: 'abort', step: state.step }]);
}

/**
 * The engine has not answered in time, not even to an abort. What it holds is unknown, so nothing is loaded in its place.
 */
function giveUp(state: SwitchState): SwitchStep {
  const { subject, failure } = state;
  const step = ended({ kind: 'failed', failure: failure ?? stalled(state), lost: missing(state) });
  if (subject === null) return step;
  const effects: SwitchEffect[] = [
    { type: 'abort', step: state.step },
    { type: 'abandoned', target: subject },
  ];
  return { ...step, effects };
}

/** Evicted models that are not back. */
function missing(state: SwitchState): readonly string[] {
  if (state.failure === null) return state.gone;
  const subject = state.phase === 'loading' && state.subject !== null ? [state.subject] : [];
  return [...state.lost, ...subject, ...state.restore];
}

/** Memory that does not come back is missing for whatever would be loaded: then nothing is. */
function fail(state: SwitchState, failure: SwitchFailure, now: number): SwitchStep {
  if (failure.kind === 'leak' || failure.kind === 'aborted')
    return ended({ kind: 'failed', failure, lost: state.gone });
  return restoreNext({ ...state, failure, restore: [...state.gone].reverse() }, now);
}

function restoreNext(state: SwitchState, now: number): SwitchStep {
  const [subject, ...restore] = state.restore;
  const { failure, lost } = state;
  if (failure === null) return ended({ kind: 'ready' });
  if (subject === undefined) return ended({ kind: 'failed', failure, lost });
  return load({ ...state, restore }, subject, null, now);
}

function load(state: SwitchState, target: string, settings: LoadSettings | null, now: number): SwitchStep {
  return entering(state, 'loading', target, now, [{ type: 'load', step: state.step + 1, target, settings }]);
}

function entering(
  state: SwitchState,
  phase: SwitchState['phase'],
  subject: string | null,
  now: number,
  effects: readonly SwitchEffect[],
): SwitchStep {
  const progress = progressAt(state.progress, phase, 0);
  const step = state.step + 1;
  return going(
    { ...state, phase, subject, progress, step, phaseAt: now, signAt: now, abortedAt: null },
    effects,
  );
}

function withLost(state: SwitchState): SwitchState {
  return state.subject === null ? state : { ...state, lost: [...state.lost, state.subject] };
}

function stalled(state: SwitchState): SwitchFailure {
  const name = state.subject ?? 'the model';
  const seconds = Math.round(state.limits.stallMs / 1000);
  const message = {
    draining: `${name} was still in use`,
    unloading: `${name} was not unloaded within ${Math.round(state.limits.unloadMs / 1000)} s`,
    settling: 'memory was not released in time',
    loading: `loading ${name} showed no sign of progress for ${seconds} s`,
    probing: `${name} did not answer within ${Math.round(state.limits.probeMs / 1000)} s of being loaded`,
  }[state.phase];
  return { kind: 'stalled', message, exitCode: null };
}

function leak(state: SwitchState): SwitchFailure {
  const seconds = Math.round(state.limits.settleMs / 1000);
  const message = `the memory of ${state.gone.join(', ')} was not released within ${seconds} s of unloading: nothing is loaded in its place`;
  return { kind: 'leak', message, exitCode: null };
}

function going(state: SwitchState, effects: readonly SwitchEffect[] = []): SwitchStep {
  return { state, effects, outcome: null };
}

function ended(outcome: SwitchOutcome): SwitchStep {
  return { state: null, effects: [], outcome };
}
