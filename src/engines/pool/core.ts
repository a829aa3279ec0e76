import type { EngineError, LoadedModel, ResidentModel } from '../driver.ts';
import type { MachineReading } from '../sensors/machine.ts';
import { afterReading, COOL, type ThermalState } from '../sensors/thermal.ts';
import { FitReview } from './fit-review.ts';
import { candidatesOf } from './schedule/candidates.ts';
import { Claims } from './requests/claims.ts';
import { operatorRoom } from './schedule/operator-room.ts';
import { afterOutOfMemory, currentSettings } from './switch/ladder.ts';
import { lossOf } from './loss.ts';
import { misfitRefusal } from './misfit.ts';
import { isWanted, type ModelRecord } from './model-record.ts';
import type { CoreParts } from './core-parts.ts';
import { ModelTable } from './model-table.ts';
import { type OperatorAnswer, unmanaged } from './operator-call.ts';
import type { PoolEffect } from './pool-effect.ts';
import { type Answer, type Ask, Requests } from './requests/requests.ts';
import { decide } from './schedule/schedule.ts';
import type { ScheduleView } from './schedule/schedule-view.ts';
import type { PoolEngine, PoolModel, PoolSettings } from './settings.ts';
import { SwapLog } from './switch/swap-log.ts';
import { planOf } from './switch/switch-plan.ts';
import { endSwitch, type FailedSwitch } from './switch-end.ts';
import { type FinishedSwitch, SwitchRunner } from './switch/switch-runner.ts';
import type { SwitchCause } from './switch/switch-state.ts';

/** How often a running switch, a waiting request or a claim is looked at. */
const TICK_MS = 1_000;

/**
 * All decisions of one pool: events in, effects out (`take`). It does no I/O and has no clock and no timer: each call gets
 * the caller's time in monotonic ms, and `tick` is to be called at `nextAt`.
 */
export class PoolCore {
  readonly name: string;
  readonly table: ModelTable;
  readonly claims: Claims;
  readonly runner: SwitchRunner;
  settings: PoolSettings;
  thermal: ThermalState = COOL;
  /** The last reading; null: none yet. */
  reading: MachineReading | null = null;
  /** Why the last switch failed; null: it did not, or a later one has begun. */
  failure: FailedSwitch | null = null;
  readonly #newId: () => string;
  readonly #out: PoolEffect[] = [];
  readonly #requests: Requests;
  readonly #swaps = new SwapLog();
  readonly #fitReview = new FitReview();
  #closed = false;

  constructor({ name, settings, footprints, newId, burst, inFlight }: CoreParts, now: number) {
    this.name = name;
    this.settings = settings;
    this.table = new ModelTable(footprints, inFlight);
    this.claims = new Claims(burst, now);
    this.runner = new SwitchRunner(this.table, footprints, this.#out);
    this.#requests = new Requests(this, this.#out);
    this.#newId = newId;
  }

  /** The effects since the last call. */
  take(): PoolEffect[] {
    return this.#out.splice(0);
  }

  /** Is there anything to take? */
  get hasEffects(): boolean {
    return this.#out.length > 0;
  }

  configure(
    settings: PoolSettings,
    engines: readonly PoolEngine[],
    models: readonly PoolModel[],
    now: number,
    pending: readonly string[] = [],
  ): void {
    this.settings = settings;
    this.#requests.refuseLeft(this.table.configure(engines, models, pending));
    this.#out.push(...this.#fitReview.after(this.table, settings));
    this.#advance(null, now);
  }

  /** A request for a model. A `waiting` one gets exactly one `grant` or `refuse`. */
  request(ask: Ask, now: number): Answer {
    if (this.#closed) return this.#requests.refusedAtShutdown(ask.target);
    const answer = this.#requests.request(ask, now);
    if (answer.kind !== 'granted' || this.#requests.changedPlans) this.#advance(null, now);
    return answer.kind === 'loading' ? this.#requests.loadingAnswer(ask.target, now) : answer;
  }

  /** The caller of a waiting request has gone. */
  cancel(waiter: number, target: string, now: number): void {
    if (this.#requests.cancel(waiter, target)) this.#advance(this.#cancelUnwanted(now), now);
  }

  /** A request that had a lease has ended. `burstLane`: of a lane that claims the pool; else null. */
  release(target: string, burstLane: string | null, now: number): void {
    if (this.#requests.release(target, burstLane, now)) this.#advance(null, now);
  }

  /** An operator wants a model loaded; `force` cuts requests in flight of the models that have to go. */
  load(target: string, force: boolean, now: number): OperatorAnswer {
    const record = this.table.records.get(target);
    if (this.#closed) return { kind: 'refused', reason: 'draining', message: 'the gateway is shutting down' };
    const engine = record === undefined ? null : this.table.engineOf(record);
    if (record === undefined || engine?.canLoad !== true) return unmanaged(target, 'load', engine?.obstacle);
    if (record.state === 'loaded' && !this.runner.isBusy(target)) return { kind: 'done' };
    const { obstacle = null } = record.model;
    if (obstacle !== null)
      return { kind: 'refused', reason: 'unloadable', message: `${target} cannot be loaded: ${obstacle}` };
    if (this.runner.current !== null) return this.runner.join(target, force, now);
    const evict = operatorRoom(this.table, this.settings, record, now);
    if (evict === null)
      return { kind: 'refused', reason: 'does_not_fit', message: misfitRefusal(this, record).message };
    return this.#order('operator', record, evict, force, now);
  }

  /** An operator wants a model unloaded; `force` cuts its requests in flight. */
  unload(target: string, force: boolean, now: number): OperatorAnswer {
    const record = this.table.records.get(target);
    if (record === undefined || this.table.engineOf(record)?.canUnload !== true)
      return unmanaged(target, 'unload');
    if (this.runner.current !== null) return { kind: 'switch_in_progress' };
    if (record.state !== 'loaded') return { kind: 'done' };
    return this.#order('operator', null, [target], force, now);
  }

  unloaded(step: number, now: number): void {
    this.#advance(this.runner.unloaded(step, now), now);
  }

  unloadFailed(step: number, error: EngineError, now: number): void {
    this.#advance(this.runner.unloadFailed(step, error, now), now);
  }

  /** A sign of life of a load; `fraction` 0 to 1, null: unknown. */
  progress(step: number, fraction: number | null, now: number): void {
    this.#advance(this.runner.on({ type: 'progress', step, fraction }, now), now);
  }

  loaded(step: number, loaded: LoadedModel, now: number): void {
    this.#advance(this.runner.loaded(step, loaded, now), now);
  }

  loadFailed(step: number, error: EngineError, now: number): void {
    this.#advance(this.runner.loadFailed(step, error, now), now);
  }

  /** The loaded model can serve, `slots` requests at once (null: unknown). The reading has to be passed before. */
  probed(step: number, slots: number | null, now: number): void {
    const state = this.runner.current;
    const record = state?.subject == null ? undefined : this.table.records.get(state.subject);
    const startedHere = record !== undefined && this.table.engineOf(record)?.startedHere === true;
    this.#advance(this.runner.probed(step, slots, this.reading, startedHere, now), now);
  }

  probeFailed(step: number, error: EngineError, now: number): void {
    this.#advance(this.runner.probeFailed(step, error, now), now);
  }

  /** What the sensors say. */
  read(reading: MachineReading, now: number): void {
    this.reading = reading;
    const isFirst = this.table.sample === null && reading.memory !== null;
    this.table.sample = reading.memory;
    if (isFirst) this.#out.push(...this.#fitReview.after(this.table, this.settings));
    this.table.isExact = reading.source === 'amdgpu';
    this.thermal = afterReading(this.thermal, this.settings, reading.temperatureC, now);
    this.table.reviewLeaks(now);
    this.#advance(this.runner.memory(this.settings, now), now);
  }

  /** What an engine says it holds; null: it did not answer. */
  reconcile(provider: string, models: readonly ResidentModel[] | null, now: number): void {
    const lost = this.table.reconcile(provider, models, (target) => this.runner.isBusy(target), now);
    this.#out.push(...lost.map(lossOf));
    this.#advance(null, now);
  }

  /** A request was answered with "out of memory": the model takes less when it is loaded next. */
  ranOutOfMemory(target: string): void {
    const record = this.table.records.get(target);
    if (record !== undefined) record.loads = afterOutOfMemory(record.loads, this.table.ladderModel(record));
  }

  tick(now: number): void {
    if (this.#closed) return;
    this.#requests.expire(now);
    this.table.reviewLeaks(now);
    if (this.failure !== null && now >= this.failure.until) this.failure = null;
    this.#reviewClaim(now);
    const finished = this.#cancelUnwanted(now) ?? this.runner.tick(this.settings, now);
    this.#advance(finished, now);
    this.#unloadIdle(now);
  }

  /** When `tick` is to be called next; null: not before something else happens. */
  nextAt(now: number): number | null {
    if (this.#closed) return null;
    const { claims } = this;
    const busy = this.runner.current !== null || claims.current !== null || claims.returning.length > 0;
    const times = [
      busy || this.#requests.isAnyWanted() ? now + TICK_MS : Infinity,
      this.failure?.until ?? Infinity,
    ];
    for (const record of this.table.records.values()) {
      times.push(this.table.idleUnloadAt(record), record.leak?.until ?? Infinity);
      for (const { deadline } of record.waiters.all()) times.push(deadline);
    }
    const next = Math.min(...times);
    return next === Infinity ? null : Math.max(now, next);
  }

  /** Ends every wait and the running switch. Nothing is decided any more. */
  close(now: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#requests.refuseAll('draining', 'the gateway is shutting down');
    const last = this.runner.current;
    if (last === null) return;
    this.runner.current = null;
    const failure = { kind: 'aborted' as const, message: 'the gateway is shutting down', exitCode: null };
    this.#finish({ last, outcome: { kind: 'failed', failure, lost: last.gone } }, now);
  }

  /** The view that the next decision is made from. */
  scheduleView(now: number): ScheduleView {
    return {
      now,
      settings: this.settings,
      candidates: candidatesOf(this.table, this.claims, now),
      residents: this.table.residents((target) => this.claims.of(target)),
      freeAfter: (targets) => this.table.freeAfter(this.settings, targets),
      freeAtBest: (target) => this.table.freeAtBest(this.settings, target),
      swapShare: this.#swaps.share(now),
      thermal: this.thermal.level,
    };
  }

  #advance(finished: FinishedSwitch | null, now: number): void {
    if (finished !== null) this.#finish(finished, now);
    if (this.#closed) return;
    this.#checkDrained(now);
    this.#requests.serve(now);
    this.#schedule(now);
    this.#saveClaim();
  }

  #schedule(now: number): void {
    for (const target of this.claims.returning) {
      if (this.table.records.get(target)?.state === 'loaded') this.claims.returned(target);
    }
    while (this.runner.current === null) {
      const decision = decide(this.scheduleView(now));
      if (decision.kind === 'wait') return;
      const record = this.table.records.get(decision.candidate.target);
      if (record === undefined) return;
      const { cause, target } = decision.candidate;
      if (decision.kind === 'leave') this.claims.returned(target);
      else if (decision.kind === 'refuse') {
        this.#requests.refuse(record, misfitRefusal(this, record));
        if (cause === 'burst') this.claims.end(now);
      } else this.#order(cause, record, decision.evict, false, now);
    }
  }

  #order(
    cause: SwitchCause,
    record: ModelRecord | null,
    evict: readonly string[],
    forced: boolean,
    now: number,
  ): OperatorAnswer {
    const settings =
      record === null || record.state === 'loaded'
        ? null
        : currentSettings(record.loads, this.table.ladderModel(record));
    const evicted = evict
      .map((target) => this.table.records.get(target))
      .filter((each) => each !== undefined);
    const switchId = this.#newId();
    const order = { id: switchId, cause, target: record, settings, evict: evicted, forced };
    if (cause === 'burst') {
      this.claims.displace(evict);
      this.#saveClaim();
    }
    this.failure = null;
    if (forced)
      for (const { model, inFlight } of evicted)
        if (inFlight > 0) this.#out.push({ type: 'revoke', target: model.target });
    const finished = this.runner.begin(
      planOf(order, (each) => this.table.engineOf(each)),
      now,
    );
    if (finished !== null) this.#finish(finished, now);
    else this.#checkDrained(now);
    return { kind: 'begun', switchId };
  }

  #checkDrained(now: number): void {
    const state = this.runner.current;
    if (state?.phase !== 'draining' || state.drainedAt !== null) return;
    const idle = state.evict.every((target) => (this.table.records.get(target)?.inFlight ?? 0) === 0);
    if (idle) this.runner.on({ type: 'idle' }, now);
  }

  /** A switch that nobody waits for any more ends before anything is unloaded. */
  #cancelUnwanted(now: number): FinishedSwitch | null {
    const state = this.runner.current;
    if (state?.phase !== 'draining' || state.target === null || state.settings === null) return null;
    if (state.cause !== 'request' && state.cause !== 'burst') return null;
    const record = this.table.records.get(state.target);
    return record !== undefined && isWanted(record) ? null : this.runner.on({ type: 'cancel' }, now);
  }

  #finish(finished: FinishedSwitch, now: number): void {
    const { table, claims, runner } = this;
    const parts = { table, claims, runner, swaps: this.#swaps, requests: this.#requests, out: this.#out };
    this.failure = endSwitch(parts, finished, now) ?? this.failure;
  }

  #reviewClaim(now: number): void {
    const claim = this.claims.current;
    const record = claim === null ? undefined : this.table.records.get(claim.target);
    const busy =
      record !== undefined &&
      (record.inFlight > 0 || isWanted(record) || this.runner.current?.target === claim?.target);
    this.claims.review(
      busy,
      this.#requests.isQueueFull(claim?.target ?? null),
      this.settings.minResidencyMs,
      now,
    );
  }

  /** The queue of others is full: a claim ends at once. */
  endClaimForOthers(now: number): void {
    this.claims.review(true, true, this.settings.minResidencyMs, now);
  }

  #saveClaim(): void {
    const record = this.claims.takeChange();
    if (record !== undefined) this.#out.push({ type: 'save_burst', record });
  }

  #unloadIdle(now: number): void {
    if (this.runner.current !== null || this.#closed) return;
    for (const record of this.table.records.values()) {
      if (now < this.table.idleUnloadAt(record)) continue;
      this.#order('idle', null, [record.model.target], false, now);
      return;
    }
  }
}
