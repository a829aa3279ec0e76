import type { AcquireOptions, LeaseAnswer, LeaseLane } from '../../protocol/lease.ts';
import type { EngineError } from '../driver.ts';
import { PoolCore } from './core.ts';
import { EngineCalls } from './engine-calls.ts';
import { type OperatorCall, type OperatorResult, type PendingCall, resultOf } from './operator-call.ts';
import { cancelled, type PoolEffect } from './pool-effect.ts';
import type { PoolPorts, RegisteredEngine } from './pool-ports.ts';
import { PoolResidency } from './pool-residency.ts';
import type { PoolModel, PoolSettings } from './settings.ts';
import { LOOK_AGAIN_MS, mayHold, POLL_MS, pollInterval } from './poll-interval.ts';
import { type EngineFacts, type EngineView, engineView, type PoolView, poolView } from './views.ts';

interface Waiting {
  readonly target: string;
  readonly options: AcquireOptions;
  readonly burstLane: string | null;
  readonly settle: (admission: LeaseAnswer) => void;
}

/**
 * One memory pool at run time: carries out what its core decides, with drivers, sensors and one timer. The
 * README of src/engines describes both.
 */
export class Pool {
  readonly name: string;
  /** Its models, for plans. */
  readonly residency: PoolResidency;
  readonly #ports: PoolPorts;
  readonly #core: PoolCore;
  readonly #calls: EngineCalls;
  readonly #engines = new Map<string, RegisteredEngine>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #operators = new Map<string, PendingCall[]>();
  /** Counts changes of what an engine holds, so that an older answer of it is not believed. */
  readonly #changes = new Map<string, number>();
  readonly #polling = new Map<string, Promise<void>>();
  #saved: Promise<void> = Promise.resolve();
  #polledAt = -Infinity;
  #reading = false;
  #running = false;
  #stopTimer: (() => void) | null = null;
  #closed = false;

  constructor(name: string, settings: PoolSettings, ports: PoolPorts) {
    this.name = name;
    this.#ports = ports;
    const { footprints, newId, burst, clock, probe, readMachine, leases } = ports;
    const inFlight = (target: string): number => leases.countOf(target);
    this.#core = new PoolCore({ name, settings, footprints, newId, burst, inFlight }, clock.now());
    leases.onEnd(({ target, burstLane }) => {
      this.#core.release(target, burstLane, this.#now());
      if (this.#core.hasEffects) this.#run();
    });
    this.#calls = new EngineCalls(this.#results(), probe, readMachine);
    this.residency = new PoolResidency(this.#core, clock);
  }

  /**
   * Takes over engines and models of a configuration, and asks new engines what they hold. `pending`: providers of the
   * pool whose driver is not created yet; models of any other provider leave.
   */
  configure(
    settings: PoolSettings,
    engines: readonly RegisteredEngine[],
    models: readonly PoolModel[],
    pending: readonly string[] = [],
  ): void {
    if (this.#closed) return;
    this.#engines.clear();
    for (const engine of engines) this.#engines.set(engine.provider, engine);
    this.#core.configure(settings, engines, models, this.#now(), pending);
    this.#polledAt = -Infinity;
    this.#run();
  }

  /** Never rejects. Without `wait` the answer is not a promise. */
  acquire(
    target: string,
    lane: LeaseLane | null,
    options: AcquireOptions,
  ): LeaseAnswer | Promise<LeaseAnswer> {
    if (options.signal?.aborted === true) return cancelled(target);
    const burst = lane?.burst === true;
    const { background, deadline, wait, demand = 'load' } = options;
    const ask = { target, lane: lane?.name ?? null, background, burst, deadline, wait, demand };
    const answer = this.#core.request(ask, this.#now());
    const burstLane = burst ? ask.lane : null;
    if (answer.kind !== 'waiting') {
      if (answer.kind !== 'granted' || this.#core.hasEffects) this.#run();
      if (answer.kind === 'granted') return this.#lease(target, burstLane, options);
      if (answer.kind === 'refused') return { kind: 'refused', ...answer.refusal };
      const retryAfterS = Math.max(1, Math.ceil(answer.retryAfterMs / 1000));
      return { kind: 'loading', retryAfterS, progress: answer.progress };
    }
    const { waiter } = answer;
    const endWait = this.#ports.leases.wait(target);
    return new Promise((settle) => {
      const cancel = (): void => {
        this.#core.cancel(waiter, target, this.#now());
        this.#run();
      };
      options.signal?.addEventListener('abort', cancel, { once: true });
      const end = (admission: LeaseAnswer): void => {
        options.signal?.removeEventListener('abort', cancel);
        settle(admission);
        endWait();
      };
      this.#waiting.set(waiter, { target, options, burstLane, settle: end });
      this.#run();
    });
  }

  /** An operator's call. `force` cuts the requests of the models that have to go. */
  load(target: string, force: boolean): OperatorCall {
    return this.#operate('load', target, force);
  }

  /** An operator's call. `force` cuts the model's requests. */
  unload(target: string, force: boolean): OperatorCall {
    return this.#operate('unload', target, force);
  }

  /** A request has failed, as with a model that is not there any more: what the engine holds is read again. */
  noteFailure(target: string, kind: 'out_of_memory' | 'not_loaded'): void {
    // And once more soon: a router may not have noticed yet that the server of a model has ended.
    this.#polledAt = Math.min(this.#polledAt, this.#now() + LOOK_AGAIN_MS - pollInterval(this.#core));
    if (kind === 'out_of_memory') this.#core.ranOutOfMemory(target);
    const provider = this.#core.table.records.get(target)?.model.provider;
    if (provider !== undefined) void this.#poll(provider);
    this.#arm();
  }

  /** Is it known how much memory there is? */
  get knowsMemory(): boolean {
    return this.#core.settings.budgetBytes !== null || (this.#core.reading?.memory ?? null) !== null;
  }

  /** An engine may hold other models than before: asks it, once more if it is being asked. Never rejects. */
  recheck(provider: string): Promise<void> {
    return this.#polling.get(provider)?.then(() => this.#poll(provider)) ?? this.#poll(provider);
  }

  view(): PoolView {
    return poolView(this.name, this.#core, { now: this.#now(), wall: this.#ports.clock.wall() });
  }

  engines(): readonly EngineView[] {
    return [...this.#engines.values()].map((engine) => this.viewOf(engine));
  }

  /** Of an engine whose models are in the pool, but may have no driver yet. */
  viewOf(engine: EngineFacts): EngineView {
    return engineView(engine, this.#core, { now: this.#now(), wall: this.#ports.clock.wall() });
  }

  /** Ends every wait and every call of an engine. The drivers are closed by the code that created them. */
  close(): void {
    if (this.#closed) return;
    this.#core.close(this.#now());
    this.#run();
    this.#closed = true;
    this.#calls.abortAll();
    this.#stopTimer?.();
  }

  #now(): number {
    return this.#ports.clock.now();
  }

  #operate(verb: 'load' | 'unload', target: string, force: boolean): OperatorCall {
    const answer = this.#core[verb](target, force, this.#now());
    if (answer.kind === 'begun') {
      const { switchId } = answer;
      const joined = this.#operators.get(switchId) ?? [];
      const result = new Promise<OperatorResult>((settle) =>
        this.#operators.set(switchId, [...joined, { target, verb, settle }]),
      );
      this.#run();
      return { switchId, result };
    }
    const state = verb === 'load' ? ('loaded' as const) : ('unloaded' as const);
    const result: OperatorResult =
      answer.kind === 'done'
        ? { kind: 'done', state, loadMs: null }
        : answer.kind === 'switch_in_progress'
          ? { kind: 'switch_in_progress', ...this.residency.running() }
          : answer;
    return { switchId: null, result: Promise.resolve(result) };
  }

  #lease(target: string, burstLane: string | null, { onRevoke }: AcquireOptions): LeaseAnswer {
    const release = this.#ports.leases.add({ target, burstLane, revoke: onRevoke });
    return { kind: 'lease', lease: { release } };
  }

  /** Carries out what the core wants done, and what comes of that, in order. */
  #run(): void {
    this.residency.touch();
    if (this.#running || this.#closed) return;
    this.#running = true;
    try {
      for (let effects = this.#core.take(); effects.length > 0; effects = this.#core.take()) {
        for (const effect of effects) this.#perform(effect);
      }
    } finally {
      this.#running = false;
    }
    this.#arm();
  }

  #perform(effect: PoolEffect): void {
    switch (effect.type) {
      case 'grant':
      case 'refuse':
        return this.#settle(effect);
      case 'measure':
        return void this.#measure();
      case 'load':
      case 'unload':
      case 'probe':
        return this.#call(effect);
      case 'abort':
        return this.#calls.abort(effect.step);
      case 'revoke':
        return this.#ports.leases.revoke(effect.target);
      case 'learnt':
        return this.#keep(
          this.#ports.store.put({ ...effect.footprint, atMs: this.#ports.clock.wall() }),
          'a measured footprint',
        );
      case 'save_burst':
        this.#saved = this.#ports.saveBurst(effect.record);
        return this.#keep(this.#saved, 'the claim of the pool');
      case 'news':
        return this.#ports.onSwitch(effect.news);
      case 'info':
      case 'warn':
        return this.#ports.log[effect.type](`pool ${this.name}: ${effect.message}`);
      case 'finished': {
        const calls = this.#operators.get(effect.switchId) ?? [];
        this.#operators.delete(effect.switchId);
        for (const { verb, target, settle } of calls)
          settle(resultOf(verb, target, effect.outcome, effect.loadMs));
        return this.#ports.onPool(this.view());
      }
    }
  }

  #settle(effect: Extract<PoolEffect, { type: 'grant' | 'refuse' }>): void {
    const waiting = this.#waiting.get(effect.waiter);
    if (waiting === undefined) return;
    this.#waiting.delete(effect.waiter);
    waiting.settle(
      effect.type === 'grant'
        ? this.#lease(waiting.target, waiting.burstLane, waiting.options)
        : { kind: 'refused', ...effect.refusal },
    );
  }

  #call(effect: Extract<PoolEffect, { type: 'load' | 'unload' | 'probe' }>): void {
    const { step, target } = effect;
    const record = this.#core.table.records.get(target);
    const engine = record === undefined ? undefined : this.#engines.get(record.model.provider);
    if (record === undefined || engine === undefined) {
      const isRoom = record === undefined && this.#core.runner.current?.target !== null;
      return this.#calls.none(effect, isRoom);
    }
    const { driver } = engine;
    const { modelId } = record.model;
    this.#changes.set(engine.provider, this.#changesOf(engine.provider) + 1);
    if (effect.type === 'probe')
      return void this.#calls.probe(step, driver, { target, modelId }, () => this.#measure());
    if (effect.type === 'unload')
      return void this.#calls.unload(
        step,
        driver,
        modelId,
        this.#saved.catch(() => undefined),
      );
    const { contextLength, quantizedCache } = effect.settings;
    const cache = quantizedCache ? { quantizedCache } : {};
    void this.#calls.load(step, driver, { modelId, contextLength, ...cache });
  }

  #results(): ConstructorParameters<typeof EngineCalls>[0] {
    const pass =
      <Values extends readonly unknown[]>(to: (core: PoolCore, ...values: Values) => void) =>
      (...values: Values): void => {
        if (this.#closed) return;
        to(this.#core, ...values);
        this.#run();
      };
    return {
      loaded: pass((core, step, loaded) => core.loaded(step, loaded, this.#now())),
      loadFailed: pass((core, step, error) => {
        core.loadFailed(step, error, this.#now());
        this.#pollLost(error);
      }),
      progress: pass((core, step, fraction) => core.progress(step, fraction, this.#now())),
      unloaded: pass((core, step) => core.unloaded(step, this.#now())),
      unloadFailed: pass((core, step, error) => {
        core.unloadFailed(step, error, this.#now());
        this.#pollLost(error);
      }),
      probed: pass((core, step, slots) => core.probed(step, slots, this.#now())),
      probeFailed: pass((core, step, error) => core.probeFailed(step, error, this.#now())),
    };
  }

  #keep(stored: Promise<void>, what: string): void {
    stored.catch(() => {
      this.#ports.log.warn(`pool ${this.name}: ${what} could not be stored`);
    });
  }

  async #measure(): Promise<void> {
    const reading = await this.#ports.readMachine();
    if (this.#closed) return;
    this.#core.read(reading, this.#now());
    this.#run();
  }

  #changesOf(provider: string): number {
    return this.#changes.get(provider) ?? 0;
  }

  /** Asks an engine what it holds, unless it is being asked. Only the regular questions count when it does not answer. */
  #poll(provider: string, isRegular = false): Promise<void> {
    const engine = this.#engines.get(provider);
    if (engine === undefined) return Promise.resolve();
    const asked = this.#polling.get(provider) ?? this.#ask(engine, isRegular);
    this.#polling.set(provider, asked);
    return asked;
  }

  /** An answer from before a switch has changed what the engine holds counts for nothing. */
  async #ask({ provider, driver }: RegisteredEngine, isRegular: boolean): Promise<void> {
    const before = this.#changesOf(provider);
    const models = await driver.residency(AbortSignal.timeout(POLL_MS)).catch(() => null);
    this.#polling.delete(provider);
    if (this.#closed || this.#changesOf(provider) !== before || (models === null && !isRegular)) return;
    if (models !== null && driver.state === 'running') this.#core.table.noteAnswer(provider);
    this.#core.reconcile(provider, models, this.#now());
    this.#run();
  }

  /** After a call that did not reach its engine: asks at once what is still there. */
  #pollLost({ kind }: EngineError): void {
    if (kind !== 'unreachable') return;
    for (const engine of this.#engines.values())
      if (engine.driver.state === 'unreachable') void this.#poll(engine.provider);
  }

  #arm(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
    if (this.#closed || this.#engines.size === 0) return;
    const now = this.#now();
    const next = Math.min(this.#core.nextAt(now) ?? Infinity, this.#polledAt + pollInterval(this.#core));
    this.#stopTimer = this.#ports.later(() => this.#tick(), Math.max(0, next - now));
  }

  #tick(): void {
    this.#stopTimer = null;
    const now = this.#now();
    if (now >= this.#polledAt + pollInterval(this.#core)) {
      this.#polledAt = now;
      const answering = [...this.#engines.values()].filter((engine) => mayHold(this.#core, engine));
      for (const { provider } of answering) void this.#poll(provider, true);
      if (!this.#reading && answering.length > 0) void this.#readRegularly();
    }
    this.#core.tick(now);
    this.#run();
  }

  async #readRegularly(): Promise<void> {
    this.#reading = true;
    await this.#measure();
    this.#reading = false;
  }
}
