import type { ResidentModel } from '../driver.ts';
import { accountOf, type MemorySample, type PoolBudget } from '../memory/budget.ts';
import type { Footprints } from '../memory/footprints.ts';
import type { ResidentView } from './schedule/eviction.ts';
import {
  afterAnswer,
  afterFailedSwitch,
  afterUnreached,
  currentSettings,
  type LadderModel,
} from './switch/ladder.ts';
import type { SwitchFailure } from './switch/switch-state.ts';
import { markGone, markLoaded, type ModelRecord, newRecord } from './model-record.ts';
import type { PoolEngine, PoolModel, PoolSettings } from './settings.ts';

/** An engine with what its answers say of it. */
export interface EngineRecord {
  engine: PoolEngine;
  /** Its first answer has come, or has failed to: what it holds is known as well as it can be. */
  known: boolean;
  /** Questions in a row that it did not answer. */
  silent: number;
}

/** A server that did not answer so often holds nothing. */
const SILENT_LIMIT = 3;

/** The models and engines of a pool, and the account of its memory. */
export class ModelTable {
  readonly records = new Map<string, ModelRecord>();
  readonly engines = new Map<string, EngineRecord>();
  /** The last reading; null: none yet, or it cannot be read. */
  sample: MemorySample | null = null;
  /** It was read from a GPU's own counters, which show what models take and nothing else. */
  isExact = false;
  readonly #footprints: Footprints;
  readonly #inFlight: (target: string) => number;
  /** Bytes of loaded models that are not in the configuration, by provider. */
  readonly #strangers = new Map<string, number>();

  /** `inFlight`: see `CoreParts`. */
  constructor(footprints: Footprints, inFlight: (target: string) => number) {
    this.#footprints = footprints;
    this.#inFlight = inFlight;
  }

  /**
   * Takes over engines and models; a model that has gone stays while it holds memory or requests. All models of a provider
   * that is neither among the engines nor `pending`, since its driver is not created yet, leave and are returned.
   */
  configure(
    engines: readonly PoolEngine[],
    models: readonly PoolModel[],
    pending: readonly string[] = [],
  ): readonly ModelRecord[] {
    const names = new Set(engines.map(({ provider }) => provider));
    const left = this.#drop(new Set([...names, ...pending]));
    for (const provider of this.engines.keys()) if (!names.has(provider)) this.engines.delete(provider);
    for (const engine of engines) {
      const known = this.engines.get(engine.provider);
      if (known === undefined) this.engines.set(engine.provider, { engine, known: false, silent: 0 });
      else known.engine = engine;
    }
    const targets = new Set(models.map(({ target }) => target));
    for (const [target, record] of this.records) {
      const inUse = record.inFlight > 0 || record.bytes > 0 || record.waiters.size > 0;
      if (!targets.has(target) && !inUse) this.records.delete(target);
    }
    for (const model of models) {
      const record = this.records.get(model.target);
      if (record === undefined)
        this.records.set(model.target, newRecord(model, this.#inFlight(model.target)));
      else record.model = model;
    }
    return left;
  }

  /** Removes what belongs to other providers than these. */
  #drop(providers: ReadonlySet<string>): readonly ModelRecord[] {
    const left = [...this.records.values()].filter(({ model }) => !providers.has(model.provider));
    for (const { model } of left) this.records.delete(model.target);
    for (const provider of this.#strangers.keys())
      if (!providers.has(provider)) this.#strangers.delete(provider);
    return left;
  }

  engineOf(record: ModelRecord): PoolEngine | null {
    return this.engines.get(record.model.provider)?.engine ?? null;
  }

  /** What the ladder needs to know. */
  ladderModel(record: ModelRecord): LadderModel {
    const { contextLength, largestContext } = record.model;
    const quantizesCache = this.engineOf(record)?.quantizesCache ?? false;
    return { contextLength, largestContext, seenContext: record.seenContext, quantizesCache };
  }

  /** Bytes that loading the model takes now; null: unknown. */
  need(record: ModelRecord): number | null {
    return this.#footprints.need(
      record.model.target,
      currentSettings(record.loads, this.ladderModel(record)),
    );
  }

  /** What is known of the model's memory, as `GET /api/engines` reports it. */
  known(record: ModelRecord): {
    readonly estimate_bytes: number | null;
    readonly footprint_bytes: number | null;
  } {
    const settings = record.settings ?? currentSettings(record.loads, this.ladderModel(record));
    const { target } = record.model;
    return {
      estimate_bytes: this.#footprints.estimate(target, settings),
      footprint_bytes: this.#footprints.measured(target, settings),
    };
  }

  loadMs(target: string): number | null {
    return this.#footprints.loadMs(target);
  }

  /** The account of the pool, without the charge of models that are unloaded by now. */
  account(settings: PoolSettings, unloaded: readonly string[] = []): PoolBudget {
    return accountOf(settings, this.sample, this.#charged() - this.#sum(unloaded, ({ bytes }) => bytes));
  }

  /** What would be free if these models were unloaded, in bytes; null: unknown. */
  freeAfter(settings: PoolSettings, targets: readonly string[]): number | null {
    const charged = this.#charged() - this.#sum(targets, ({ bytes }) => bytes);
    const fall = this.#sum(targets, ({ bytes, observedBytes }) => Math.min(bytes, observedBytes ?? bytes));
    return accountOf(settings, this.sample, charged, fall).freeBytes;
  }

  /** What would be free if all went, this model aside, that may go at some time; null: unknown. */
  freeAtBest(settings: PoolSettings, target: string): number | null {
    const others = [...this.records.values()].filter(
      (record) => record.model.target !== target && this.mayGo(record),
    );
    return this.freeAfter(settings, [target, ...others.map(({ model }) => model.target)]);
  }

  /** May it be unloaded at some time, for another model? */
  mayGo(record: ModelRecord): boolean {
    return !record.model.pinned && record.leak === null && (this.engineOf(record)?.canUnload ?? false);
  }

  /** Does the provider's engine hold memory, or a model, as far as is known? */
  holdsAny(provider: string): boolean {
    if ((this.#strangers.get(provider) ?? 0) > 0) return true;
    for (const { model, bytes, state } of this.records.values())
      if (model.provider === provider && (bytes > 0 || isHeld({ state }))) return true;
    return false;
  }

  #charged(): number {
    let charged = 0;
    for (const bytes of this.#strangers.values()) charged += bytes;
    for (const record of this.records.values()) charged += record.bytes;
    return charged;
  }

  #sum(targets: readonly string[], bytesOf: (record: ModelRecord) => number): number {
    return targets.reduce((sum, target) => {
      const record = this.records.get(target);
      return record === undefined ? sum : sum + bytesOf(record);
    }, 0);
  }

  /** The models in memory, for decisions. */
  residents(claimOf: (target: string) => ResidentView['claim']): ResidentView[] {
    return [...this.records.values()]
      .filter(({ state }) => state === 'loaded')
      .map((record) => ({
        target: record.model.target,
        provider: record.model.provider,
        inFlight: record.inFlight,
        loadedAt: record.loadedAt ?? -Infinity,
        lastUsedAt: record.lastUsedAt ?? record.loadedAt ?? -Infinity,
        loadMs: this.loadMs(record.model.target),
        pinned: record.model.pinned,
        canUnload: this.engineOf(record)?.canUnload ?? false,
        begun: record.begun,
        drainMs: record.drainMs,
        claim: claimOf(record.model.target),
      }));
  }

  /** When a model is to be unloaded since nobody uses it; Infinity: never. Monotonic ms. */
  idleUnloadAt({ model, state, inFlight, lastUsedAt }: ModelRecord): number {
    const engine = this.engines.get(model.provider)?.engine;
    if (engine === undefined || !engine.canUnload || engine.idleUnloadMs === null) return Infinity;
    if (state !== 'loaded' || inFlight > 0 || model.pinned || lastUsedAt === null) return Infinity;
    return lastUsedAt + engine.idleUnloadMs;
  }

  /**
   * A switch for a model has failed (see `afterFailedSwitch`). If its engine was not reached, all models of the engine are
   * paused alike: otherwise a lane would load its second model as soon as the engine is back.
   */
  noteFailedSwitch(record: ModelRecord, failure: SwitchFailure, wasTried: boolean, now: number): void {
    record.loads = afterFailedSwitch(record.loads, failure, wasTried, now);
    if (!record.loads.unreached) return;
    for (const other of this.records.values())
      if (other.model.provider === record.model.provider)
        other.loads = afterUnreached(other.loads, record.loads);
  }

  /** An engine answers: nothing is in the way of loads that have not reached it. */
  noteAnswer(provider: string): void {
    for (const record of this.records.values())
      if (record.model.provider === provider) record.loads = afterAnswer(record.loads);
  }

  /** Memory that may have been leaked and has been seen to come back, or was not for long, is no longer counted. */
  reviewLeaks(now: number): void {
    for (const record of this.records.values()) {
      const { leak } = record;
      if (leak === null) continue;
      const { sample } = this;
      const fallen =
        leak.usedBytes !== null && sample !== null && leak.usedBytes - sample.usedBytes >= 0.8 * record.bytes;
      if (!fallen && now < leak.until) continue;
      record.leak = null;
      if (!isHeld(record)) record.bytes = 0;
    }
  }

  /**
   * Takes over what an engine says it holds; null: it did not answer. `busy` are models that a running switch is about,
   * which only the switch changes. Returns the models that have gone from its memory by themselves.
   */
  reconcile(
    provider: string,
    models: readonly ResidentModel[] | null,
    busy: (target: string) => boolean,
    now: number,
  ): readonly ModelRecord[] {
    const engine = this.engines.get(provider);
    if (engine === undefined) return [];
    engine.known = true;
    engine.silent = models === null ? engine.silent + 1 : 0;
    if (models === null && engine.silent < SILENT_LIMIT) return [];
    const listed = new Map((models ?? []).map((each) => [each.modelId, each]));
    const lost: ModelRecord[] = [];
    for (const record of this.records.values()) {
      if (record.model.provider !== provider) continue;
      const seen = listed.get(record.model.modelId);
      listed.delete(record.model.modelId);
      if (busy(record.model.target)) continue;
      const wasLoaded = record.state === 'loaded';
      this.#takeOver(record, seen, now);
      if (wasLoaded && !isHeld(record)) lost.push(record);
    }
    const strangers = [...listed.values()].reduce((sum, each) => sum + (each.footprintBytes ?? 0), 0);
    this.#strangers.set(provider, strangers);
    return lost;
  }

  #takeOver(record: ModelRecord, seen: ResidentModel | undefined, now: number): void {
    if (seen === undefined || seen.state === 'unloaded') {
      if (record.leak?.unloaded === false) record.leak = null;
      if (record.state !== 'failed') markGone(record);
      else if (record.leak === null) record.bytes = 0;
      return;
    }
    if (seen.state === 'failed') {
      if (record.leak?.unloaded === false) record.leak = null;
      if (record.state !== 'unloaded') markGone(record, seen.error ?? 'it failed');
      return;
    }
    const before = record.state;
    if (seen.state === 'loaded' && before !== 'loaded') markLoaded(record, now);
    else record.state = seen.state;
    record.contextLength = seen.contextLength ?? record.contextLength;
    if (record.loads.rung === 0) record.seenContext ??= seen.contextLength;
    if (seen.footprintBytes !== null) record.bytes = seen.footprintBytes;
    else if (before !== 'loaded' || record.bytes === 0) {
      const settings = record.settings ?? currentSettings(record.loads, this.ladderModel(record));
      // What is charged already, for a load that was given up, may be more than is known of the model.
      record.bytes = Math.max(record.bytes, this.#footprints.need(record.model.target, settings) ?? 0);
    }
  }
}

/** Is it in memory, or on the way there or back? */
function isHeld({ state }: Pick<ModelRecord, 'state'>): boolean {
  return state !== 'unloaded' && state !== 'failed';
}
