import type { EngineError, LoadedModel } from '../../driver.ts';
import { type Footprints, measuredBytes } from '../../memory/footprints.ts';
import type { MachineReading } from '../../sensors/machine.ts';
import { afterLastRung, afterLoad, afterOutOfMemory, currentSettings, settingsAt } from './ladder.ts';
import { holdersBeside } from '../misfit.ts';
import { markGone, markLoaded, type ModelRecord } from '../model-record.ts';
import type { ModelTable } from '../model-table.ts';
import type { OperatorAnswer } from '../operator-call.ts';
import type { PoolEffect, SwitchNews } from '../pool-effect.ts';
import type { PoolSettings } from '../settings.ts';
import { shortageText } from '../texts.ts';
import { advanceSwitch, beginSwitch } from './switch-machine.ts';
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

/** A switch that has ended. */
export interface FinishedSwitch {
  /** Its last state before the end. */
  readonly last: SwitchState;
  readonly outcome: SwitchOutcome;
}

/** Two attempts to load a model in one switch, the second with settings that take less. */
const ATTEMPTS = 2;
/** How long memory that may have been leaked is counted at most. */
const LEAK_MS = 300_000;

/**
 * The switch of a pool, of which there is never more than one: runs the machine and keeps the records of the models in
 * step with it. What it wants done goes to `out`.
 */
export class SwitchRunner {
  current: SwitchState | null = null;
  readonly #table: ModelTable;
  readonly #footprints: Footprints;
  readonly #out: PoolEffect[];
  #attempts = 0;
  #lastStep = 0;
  #loadStartedAt = 0;
  #usedAtLoad: number | null = null;
  /** Memory of unloaded models that had not come back when the load began, bytes. */
  #releasing = 0;
  #loaded: LoadedModel | null = null;
  /** Of the last successful load of the target, ms. */
  #loadMs: number | null = null;
  #shown = 0;

  constructor(table: ModelTable, footprints: Footprints, out: PoolEffect[]) {
    this.#table = table;
    this.#footprints = footprints;
    this.#out = out;
  }

  /** Throws if a switch is running. */
  begin(plan: Omit<SwitchPlan, 'firstStep'>, now: number): FinishedSwitch | null {
    if (this.current !== null) throw new Error('a switch is running in this pool');
    this.#attempts = 0;
    this.#loadMs = null;
    this.#shown = 0;
    this.#releasing = 0;
    return this.#apply(beginSwitch({ ...plan, firstStep: this.#lastStep + 1 }, now), now);
  }

  /**
   * An operator wants a model while a switch runs: one that loads this model is the operator's from now on, so that it
   * goes on although no request waits any more. `force` cuts the requests that it waits for.
   */
  join(target: string, force: boolean, now: number): OperatorAnswer {
    const state = this.current;
    if (state?.target !== target) return { kind: 'switch_in_progress' };
    const cause = state.cause === 'return' ? state.cause : 'operator';
    const cuts = force && !state.forced && state.phase === 'draining';
    this.current = cuts ? { ...state, cause, forced: true, phaseAt: now } : { ...state, cause };
    for (const each of cuts ? state.evict : [])
      if ((this.#table.records.get(each)?.inFlight ?? 0) > 0)
        this.#out.push({ type: 'revoke', target: each });
    return { kind: 'begun', switchId: state.id };
  }

  /** Is the running switch about this model, so that only the switch changes its record? */
  isBusy(target: string): boolean {
    const state = this.current;
    if (state === null) return false;
    return state.subject === target || state.evict.includes(target) || state.gone.includes(target);
  }

  /** Is this model closed to new requests, since it is being unloaded? */
  isClosing(target: string): boolean {
    return this.current?.evict.includes(target) ?? false;
  }

  /** Passes an event that changes no record. */
  on(event: SwitchEvent, now: number): FinishedSwitch | null {
    return this.current === null ? null : this.#apply(advanceSwitch(this.current, event, now), now);
  }

  tick(settings: PoolSettings, now: number): FinishedSwitch | null {
    const finished = this.on({ type: 'tick', ...this.#memoryView(settings) }, now);
    if (finished === null) this.#showEstimate(now);
    return finished;
  }

  memory(settings: PoolSettings, now: number): FinishedSwitch | null {
    return this.on({ type: 'memory', ...this.#memoryView(settings) }, now);
  }

  unloaded(step: number, now: number): FinishedSwitch | null {
    const record = this.#subjectAt(step, 'unloading');
    if (record !== null) {
      const { bytes } = record;
      markGone(record);
      // Its memory counts until it was seen to fall, but for a model that did not serve: nothing is loaded for it.
      if (this.current?.failure === null) record.bytes = bytes;
    }
    return this.on({ type: 'unloaded', step }, now);
  }

  unloadFailed(step: number, error: EngineError, now: number): FinishedSwitch | null {
    const record = this.#subjectAt(step, 'unloading');
    if (record !== null) record.state = 'loaded';
    const failure = failureOf(error);
    // The model that a request waits for is not the one that the engine's message names.
    const makesRoom =
      record !== null && (this.current?.target ?? record.model.target) !== record.model.target;
    const message = makesRoom
      ? `${record.model.target} could not be unloaded to make room: ${failure.message}`
      : failure.message;
    return this.on({ type: 'unload_failed', step, failure: { ...failure, message } }, now);
  }

  loaded(step: number, loaded: LoadedModel, now: number): FinishedSwitch | null {
    if (this.#subjectAt(step, 'loading') !== null) this.#loaded = loaded;
    return this.on({ type: 'loaded', step }, now);
  }

  loadFailed(step: number, error: EngineError, now: number): FinishedSwitch | null {
    const record = this.#subjectAt(step, 'loading');
    let retry = null;
    if (record !== null) {
      markGone(record, error.message);
      record.loads = { ...record.loads, unreached: this.#wasUnreached(error) };
      if (error.kind === 'out_of_memory') {
        const before = record.loads;
        const model = this.#table.ladderModel(record);
        const less = afterOutOfMemory(before, model);
        record.loads = less === before ? afterLastRung(before, model) : less;
        const tryAgain = this.#attempts < ATTEMPTS && less !== before;
        retry = tryAgain ? settingsAt(less.rung, model) : null;
      }
    }
    return this.on({ type: 'load_failed', step, failure: failureOf(error), retry }, now);
  }

  /** `slots`: requests that the model serves at once; null: unknown. */
  probed(
    step: number,
    slots: number | null,
    reading: MachineReading | null,
    startedHere: boolean,
    now: number,
  ): FinishedSwitch | null {
    const record = this.#subjectAt(step, 'probing');
    if (record !== null) {
      this.#learn(record, reading, startedHere, now);
      markLoaded(record, now);
      record.slots = slots;
      record.contextLength = this.#loaded?.contextLength ?? null;
      if (record.loads.rung === 0) record.seenContext = record.contextLength ?? record.seenContext;
      record.loads = afterLoad(record.loads);
    }
    return this.on({ type: 'probed', step }, now);
  }

  probeFailed(step: number, error: EngineError, now: number): FinishedSwitch | null {
    return this.on({ type: 'probe_failed', step, failure: failureOf(error) }, now);
  }

  /** ms that the load still takes, of `expectedMs`; null: no such load is running. */
  remainingMs(target: string, expectedMs: number, now: number): number | null {
    const state = this.current;
    if (state?.subject !== target || state.phase === 'unloading') return null;
    return Math.max(0, expectedMs - (now - this.#loadStartedAt));
  }

  /** Of the load that the last switch has made, ms; null: it made none. */
  get loadMs(): number | null {
    return this.#loadMs;
  }

  get progress(): number {
    return this.#shown;
  }

  /** An engine that ends while it loads has shown signs of life before: then it is the load that has failed. */
  #wasUnreached({ kind }: EngineError): boolean {
    return kind === 'unreachable' && this.current?.signAt === this.current?.phaseAt;
  }

  #subjectAt(step: number, phase: SwitchState['phase']): ModelRecord | null {
    const state = this.current;
    if (state === null || state.step !== step || state.phase !== phase || state.subject === null) return null;
    return this.#table.records.get(state.subject) ?? null;
  }

  #memoryView(settings: PoolSettings): MemoryView {
    const { sample, isExact } = this.#table;
    return { usedBytes: sample?.usedBytes ?? null, ...this.#room(settings), isExact };
  }

  #room(settings: PoolSettings): Pick<MemoryView, 'room' | 'shortage'> {
    const state = this.current;
    const record = state?.target == null ? undefined : this.#table.records.get(state.target);
    if (state === null || record === undefined || state.settings === null) return { room: 'unknown' };
    const need = this.#table.need(record);
    const { freeBytes } = this.#table.account(settings, state.gone);
    if (need === null || freeBytes === null) return { room: 'unknown' };
    if (need > freeBytes) return this.#short(record, need, freeBytes);
    const { sample, isExact } = this.#table;
    if (settings.budgetBytes === null || sample === null || state.gone.length === 0)
      return { room: 'enough' };
    if (isExact)
      return { room: need <= (this.#table.account(settings).freeBytes ?? 0) ? 'enough' : 'unknown' };
    // A configured budget counts models only, so that nothing of it shows what is free now.
    const seenBytes = sample.totalBytes - sample.usedBytes;
    return need <= seenBytes ? { room: 'enough' } : this.#short(record, need, seenBytes);
  }

  #short(record: ModelRecord, needBytes: number, freeBytes: number): Pick<MemoryView, 'room' | 'shortage'> {
    const holders = holdersBeside(this.#table, record);
    return { room: 'short', shortage: shortageText(record.model.target, needBytes, freeBytes, holders) };
  }

  #apply(result: SwitchStep, now: number): FinishedSwitch | null {
    const isNew = this.current === null;
    const last = this.current ?? result.state;
    if (last !== null) this.#lastStep = Math.max(this.#lastStep, last.step);
    this.current = result.state;
    this.#noteDrain(last, result, now);
    this.#settle(last, result, now);
    for (const effect of result.effects) this.#perform(effect, now);
    if (result.state !== null) {
      const { phase, progress } = result.state;
      if (isNew || phase !== last?.phase || progress > this.#shown) this.#show(result.state);
      return null;
    }
    if (last === null || result.outcome === null) return null;
    return { last, outcome: result.outcome };
  }

  /** How long requests took to end, or did not, counts when models are next chosen to make room. */
  #noteDrain(last: SwitchState | null, { state, outcome }: SwitchStep, now: number): void {
    if (last?.phase !== 'draining' || state?.phase === 'draining' || outcome?.kind === 'cancelled') return;
    // Nothing was in flight.
    if (last.drainedAt === last.startedAt) return;
    for (const target of last.evict) {
      const record = this.#table.records.get(target);
      if (record !== undefined) record.drainMs = (last.drainedAt ?? now) - last.startedAt;
    }
  }

  /** What was unloaded no longer counts once its memory was seen to fall; else it is a leak. */
  #settle(last: SwitchState | null, { state, outcome }: SwitchStep, now: number): void {
    if (last?.phase !== 'settling' || state?.phase === 'settling') return;
    const leaked = outcome?.kind === 'failed' && outcome.failure.kind === 'leak';
    const usedBytes = this.#table.sample?.usedBytes ?? null;
    if (!leaked) this.#releasing = this.#stillHeld(last, usedBytes);
    for (const target of last.gone) {
      const record = this.#table.records.get(target);
      if (record === undefined || record.state === 'loaded') continue;
      if (leaked) record.leak = { until: now + LEAK_MS, usedBytes, unloaded: true };
      else record.bytes = 0;
    }
  }

  /** A load may begin before all of it has come back. Only exact counters show how much has. */
  #stillHeld({ gone, usedBefore }: SwitchState, usedBytes: number | null): number {
    if (!this.#table.isExact || usedBefore === null || usedBytes === null) return 0;
    const charged = gone.reduce((sum, target) => sum + (this.#table.records.get(target)?.bytes ?? 0), 0);
    return Math.max(0, charged - Math.max(0, usedBefore - usedBytes));
  }

  #perform(effect: SwitchEffect, now: number): void {
    if (effect.type === 'abandoned') return this.#abandon(effect.target);
    if (effect.type === 'load') return this.#load(effect, now);
    if (effect.type === 'unload') {
      const record = this.#table.records.get(effect.target);
      if (record !== undefined) record.state = 'unloading';
    }
    this.#out.push(effect);
  }

  #load(effect: Extract<SwitchEffect, { type: 'load' }>, now: number): void {
    const record = this.#table.records.get(effect.target);
    if (record === undefined) return;
    const settings =
      effect.settings ?? record.settings ?? currentSettings(record.loads, this.#table.ladderModel(record));
    record.state = 'loading';
    record.error = null;
    record.settings = settings;
    record.bytes = this.#footprints.need(effect.target, settings) ?? 0;
    record.leak = null;
    this.#attempts += 1;
    this.#loadStartedAt = now;
    this.#usedAtLoad = this.#table.sample?.usedBytes ?? null;
    this.#loaded = null;
    this.#out.push({ type: 'load', step: effect.step, target: effect.target, settings });
  }

  /** An engine that does not answer may still hold the model, until it says what it holds or is taken for dead. */
  #abandon(target: string): void {
    const record = this.#table.records.get(target);
    if (record === undefined) return;
    if (record.state === 'unloading') {
      record.state = 'loaded';
      return;
    }
    record.leak = { until: Infinity, usedBytes: null, unloaded: false };
    markGone(record, 'its engine did not end the load in time');
  }

  #learn(record: ModelRecord, reading: MachineReading | null, startedHere: boolean, now: number): void {
    const settings = record.settings ?? { contextLength: null, quantizedCache: false };
    const { target } = record.model;
    const used = reading?.memory?.usedBytes ?? null;
    const rise = used === null || this.#usedAtLoad === null ? null : Math.max(0, used - this.#usedAtLoad);
    const reportedBytes = this.#loaded?.footprintBytes ?? null;
    const estimateBytes = this.#footprints.estimate(target, settings);
    const source = reading?.source ?? null;
    // What came back meanwhile hides a part of the rise, which the estimate then decides.
    const most = rise === null ? null : rise + this.#releasing;
    const riseBytes =
      rise === null || most === null ? null : Math.min(Math.max(estimateBytes ?? most, rise), most);
    const bytes = measuredBytes({ reportedBytes, riseBytes, source, startedHere, estimateBytes });
    const loadMs = Math.max(1, Math.round(now - this.#loadStartedAt));
    const learnt = { target, ...settings, bytes, loadMs };
    const { atMs: _, ...footprint } = this.#footprints.learn({ ...learnt, atMs: 0 });
    this.#out.push({ type: 'learnt', footprint });
    record.observedBytes = rise;
    record.bytes = footprint.bytes ?? estimateBytes ?? rise ?? 0;
    if (this.current?.failure === null) this.#loadMs = loadMs;
  }

  /** Engines that report no progress: it is estimated from the last load. */
  #showEstimate(now: number): void {
    const state = this.current;
    if (state?.phase !== 'loading' || state.failure !== null || state.subject === null) return;
    const expected = this.#footprints.loadMs(state.subject);
    if (expected === null) return;
    const estimated = progressAt(
      state.progress,
      'loading',
      Math.min(0.95, (now - this.#loadStartedAt) / expected),
    );
    if (estimated >= this.#shown + 0.01) this.#show({ ...state, progress: estimated });
  }

  #show(state: SwitchState): void {
    this.#shown = Math.max(this.#shown, state.progress);
    this.#out.push({ type: 'news', news: newsOf(state, state.phase, this.#shown, null) });
  }
}

/** The news of a switch in a state; `reason` null unless it failed. */
export function newsOf(
  { id, cause, evict, gone, target }: SwitchState,
  state: SwitchNews['state'],
  progress: number,
  reason: string | null,
): SwitchNews {
  return { switchId: id, cause, state, progress, from: gone[0] ?? evict[0] ?? null, to: target, reason };
}

function failureOf(error: EngineError): SwitchFailure {
  return { kind: error.kind, message: error.message, exitCode: error.exitCode };
}
