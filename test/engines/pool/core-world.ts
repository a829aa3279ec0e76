import type { BurstRecord } from '../../../src/protocol/engine.ts';
import { expect } from 'vitest';

import { EngineError, type EngineErrorKind } from '../../../src/engines/driver.ts';
import { Footprints } from '../../../src/engines/memory/footprints.ts';
import { PoolCore } from '../../../src/engines/pool/core.ts';
import type { MachineReading } from '../../../src/engines/sensors/machine.ts';
import type { PoolEffect, SwitchNews } from '../../../src/engines/pool/pool-effect.ts';
import type { Ask } from '../../../src/engines/pool/requests/requests.ts';
import {
  POOL_DEFAULTS,
  type PoolEngine,
  type PoolModel,
  type PoolSettings,
} from '../../../src/engines/pool/settings.ts';

type EngineCall = Extract<PoolEffect, { type: 'load' | 'unload' | 'probe' }>;

/** What a model of the world is like. */
export interface WorldModel {
  readonly gb: number | null;
  readonly pinned?: boolean;
  readonly provider?: string;
}

export const GB = 1e9;
/** Of a machine of which nothing can be read. */
export const NOTHING_READ: MachineReading = {
  ...{ memory: null, source: null, pressure: null },
  ...{ temperatureC: null, powerW: null, oomKills: null },
};
export const engineOf = (provider: string): PoolEngine => ({
  provider,
  canLoad: true,
  canUnload: true,
  holdsOne: false,
  quantizesCache: false,
  startedHere: false,
  stallMs: 60_000,
  stopMs: 10_000,
  idleUnloadMs: null,
});

/** A request for a model that waits for up to two minutes. */
export const ask = (target: string, now: number, more: Partial<Ask> = {}): Ask => ({
  target,
  lane: 'main',
  background: false,
  burst: false,
  deadline: now + 120_000,
  wait: true,
  demand: 'load',
  ...more,
});

/** A pool's core with engines that do what a test decides, and checks of what must hold at every moment. */
export class CoreWorld {
  readonly core: PoolCore;
  now = 0;
  /** What the engines hold, in bytes. */
  readonly held = new Map<string, number>();
  /** Calls without a result yet. */
  calls: EngineCall[] = [];
  /** Leases by model. */
  readonly leases: string[] = [];
  /** Waiting requests, with their model. */
  readonly waiting = new Map<number, string>();
  readonly ends = new Map<number, string>();
  readonly news: SwitchNews[] = [];
  readonly saved: (BurstRecord | null)[] = [];
  readonly log: string[] = [];
  readonly #settings: PoolSettings;
  readonly #sizes: ReadonlyMap<string, number | null>;
  readonly #providers: readonly string[];
  /** Of the machine, as its sensors show it; null: it has none. */
  readonly #memoryBytes: number | null;
  /** Degrees Celsius. */
  temperatureC: number | null = null;

  constructor(
    models: Readonly<Record<string, WorldModel>>,
    settings: Partial<PoolSettings> = {},
    {
      burst = null,
      engine = {},
      memoryGb = null,
    }: { burst?: BurstRecord | null; engine?: Partial<PoolEngine>; memoryGb?: number | null } = {},
  ) {
    this.#settings = { ...POOL_DEFAULTS, budgetBytes: 100 * GB, reserveBytes: 0, ...settings };
    this.#memoryBytes = memoryGb === null ? null : memoryGb * GB;
    this.#sizes = new Map(
      Object.entries(models).map(([target, { gb }]) => [target, gb === null ? null : gb * GB]),
    );
    let ids = 0;
    const footprints = new Footprints([], (target, { contextLength }) => {
      const size = this.#sizes.get(target) ?? null;
      return size === null || contextLength === null ? size : size * 0.75;
    });
    this.core = new PoolCore(
      {
        ...{ name: 'local', settings: this.#settings, footprints, burst },
        ...{ newId: () => `sw_${(ids += 1)}`, inFlight: () => 0 },
      },
      this.now,
    );
    const list: PoolModel[] = Object.entries(models).map(([target, { pinned = false, provider = 'e' }]) => ({
      target,
      provider,
      modelId: target.slice(target.indexOf('/') + 1),
      contextLength: null,
      largestContext: 32_768,
      pinned,
    }));
    this.#providers = [...new Set(list.map(({ provider }) => provider))];
    const engines = this.#providers.map((provider) => ({ ...engineOf(provider), ...engine }));
    this.core.configure(this.#settings, engines, list, this.now);
    for (const provider of this.#providers) this.core.reconcile(provider, [], this.now);
    this.take();
  }

  request(target: string, more: Partial<Ask> = {}): ReturnType<PoolCore['request']> {
    const answer = this.core.request(ask(target, this.now, more), this.now);
    if (answer.kind === 'granted') this.leases.push(target);
    if (answer.kind === 'waiting') this.waiting.set(answer.waiter, target);
    this.take();
    return answer;
  }

  release(target: string, burstLane: string | null = null): void {
    const index = this.leases.indexOf(target);
    if (index < 0) return;
    this.leases.splice(index, 1);
    this.core.release(target, burstLane, this.now);
    this.take();
  }

  /** Lets time pass in steps of a second, with readings that are null. */
  pass(ms: number, stepMs = 1_000): void {
    const until = this.now + ms;
    while (this.now < until) {
      this.now = Math.min(until, this.now + stepMs);
      this.core.tick(this.now);
      this.take();
    }
  }

  /** Answers the oldest call; `error`: it fails. Returns false if there is none. */
  answer(error: EngineErrorKind | null = null, exitCode: number | null = null): boolean {
    const call = this.calls.shift();
    if (call === undefined) return false;
    const { step, target } = call;
    const failure = error === null ? null : new EngineError(error, `${target}: ${error}`, exitCode);
    if (call.type === 'load') {
      if (failure !== null) {
        this.held.delete(target);
        this.core.loadFailed(step, failure, this.now);
      } else this.core.loaded(step, { contextLength: null, footprintBytes: null }, this.now);
    } else if (call.type === 'unload') {
      if (failure !== null) this.core.unloadFailed(step, failure, this.now);
      else {
        this.held.delete(target);
        this.core.unloaded(step, this.now);
      }
    } else if (failure !== null) this.core.probeFailed(step, failure, this.now);
    else this.core.probed(step, null, this.now);
    this.take();
    return true;
  }

  /** Answers every call with success until none is left. */
  settle(): void {
    while (this.answer());
  }

  /** The last state of the last switch, and of the pool. */
  get state(): string {
    return this.core.runner.current?.phase ?? 'none';
  }

  resident(): string[] {
    return [...this.core.table.records.values()]
      .filter(({ state }) => state === 'loaded')
      .map(({ model }) => model.target);
  }

  /** An engine says what it holds. */
  reconcile(): void {
    for (const provider of this.#providers) {
      const models = [...this.held.keys()]
        .filter((target) => this.core.table.records.get(target)?.model.provider === provider)
        .map((target) => ({
          modelId: target.slice(target.indexOf('/') + 1),
          state: 'loaded' as const,
          progress: null,
          footprintBytes: null,
          contextLength: null,
          error: null,
        }));
      this.core.reconcile(provider, models, this.now);
    }
    this.take();
  }

  /** What the sensors show now. */
  read(): void {
    const memory =
      this.#memoryBytes === null ? null : { totalBytes: this.#memoryBytes, usedBytes: this.#heldBytes() };
    const { temperatureC } = this;
    this.core.read(
      { memory, source: memory && 'amdgpu', pressure: null, temperatureC, powerW: null, oomKills: null },
      this.now,
    );
  }

  /** Carries out the effects, and checks them. */
  take(): void {
    for (let effects = this.core.take(); effects.length > 0; effects = this.core.take()) {
      for (const effect of effects) this.#perform(effect);
    }
  }

  #perform(effect: PoolEffect): void {
    this.log.push(
      effect.type === 'load' || effect.type === 'unload' ? `${effect.type} ${effect.target}` : effect.type,
    );
    switch (effect.type) {
      case 'grant':
        this.#end(effect.waiter, 'grant');
        this.leases.push(this.waiting.get(effect.waiter)!);
        this.waiting.delete(effect.waiter);
        return;
      case 'refuse':
        this.#end(effect.waiter, effect.refusal.reason);
        expect(effect.refusal.message).not.toBe('');
        this.waiting.delete(effect.waiter);
        return;
      case 'measure':
        this.read();
        return;
      case 'load': {
        const size = this.#sizes.get(effect.target) ?? 0;
        this.held.set(effect.target, effect.settings.contextLength === null ? size : size * 0.75);
        this.#checkMemory();
        this.calls.push(effect);
        return;
      }
      case 'unload':
      case 'probe':
        this.calls.push(effect);
        return;
      case 'news':
        this.#checkNews(effect.news);
        return;
      case 'save_burst':
        this.saved.push(effect.record);
        return;
      case 'abort':
      case 'revoke':
      case 'info':
      case 'warn':
      case 'learnt':
      case 'finished':
    }
  }

  #end(waiter: number, how: string): void {
    expect(this.waiting.has(waiter)).toBe(true);
    expect(this.ends.has(waiter)).toBe(false);
    this.ends.set(waiter, how);
  }

  #heldBytes(): number {
    return [...this.held.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Whatever the pool believes, the engines never hold more than it has. */
  #checkMemory(): void {
    const { budgetBytes, reserveBytes } = this.#settings;
    const total = budgetBytes ?? this.#memoryBytes;
    if (total !== null) expect(this.#heldBytes()).toBeLessThanOrEqual(total - (reserveBytes ?? 0));
  }

  /** One switch after the other, each with progress that never falls and one last state. */
  #checkNews(news: SwitchNews): void {
    const last = this.news.at(-1);
    this.news.push(news);
    const isOver = last === undefined || last.state === 'ready' || last.state === 'failed';
    if (isOver) expect(this.news.filter(({ switchId }) => switchId === news.switchId)).toHaveLength(1);
    else {
      expect(news.switchId).toBe(last.switchId);
      expect(news.progress).toBeGreaterThanOrEqual(last.progress);
    }
    expect(news.progress).toBeLessThanOrEqual(1);
  }
}
