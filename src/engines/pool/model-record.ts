import type { LoadSettings } from '../../protocol/engine.ts';
import type { EngineModelState } from '../../protocol/engine.ts';
import { type LoadRecord, NO_FAILURES } from './switch/ladder.ts';
import type { PoolModel } from './settings.ts';
import { Waiters } from './requests/waiters.ts';

/** Memory that a model may still hold although it is not loaded. Times in monotonic ms. */
export interface Leak {
  /** After that it is no longer counted: a wrong reading must not keep the pool small for ever. */
  readonly until: number;
  /** Used memory when it was noticed, bytes; null: unknown. */
  readonly usedBytes: number | null;
  /** The engine has said that the model is gone. */
  readonly unloaded: boolean;
}

/** Requests that want a model and do not wait for it. Times in monotonic ms. */
export interface Interest {
  readonly since: number;
  readonly until: number;
  readonly idleOnly: boolean;
  readonly requests: number;
}

/** What the pool knows of one model; changed in place by the pool's core alone. Times in monotonic ms. */
export interface ModelRecord {
  model: PoolModel;
  state: EngineModelState;
  /** Charged to the pool; 0 when nothing is in memory. */
  bytes: number;
  /** By how much the used memory rose when it was loaded; null: not seen. */
  observedBytes: number | null;
  leak: Leak | null;
  /** How it was loaded last; null: not by this process. */
  settings: LoadSettings | null;
  /** Effective window in tokens; null: unknown. */
  contextLength: number | null;
  /** The last one that was seen with settings that were not reduced, kept after the unload; null: none was. */
  seenContext: number | null;
  /** Requests that the engine serves at once; null: unknown. */
  slots: number | null;
  /** null: it is not loaded. */
  loadedAt: number | null;
  /** null: never. */
  lastUsedAt: number | null;
  /** Leases that are not released. */
  inFlight: number;
  /** Requests begun since another model waits for memory. */
  begun: number;
  /** What its requests took to end when it had to make room, or may take, ms. */
  drainMs: number;
  /** Why it failed; null unless `failed`. */
  error: string | null;
  loads: LoadRecord;
  readonly waiters: Waiters;
  /**
   * Since when requests that did not wait want it, and until when that counts; null: none does. `idleOnly`: they have
   * all gone elsewhere; `requests`: how many.
   */
  interest: Interest | null;
  /** Switches for it that were postponed in a row. */
  postponed: number;
  notBefore: number;
}

/** Time that a request in flight probably still takes. */
export const USUAL_DRAIN_MS = 5_000;

/** A model before anything is known about it but the requests that use it. */
export function newRecord(model: PoolModel, inFlight: number): ModelRecord {
  return {
    model,
    state: 'unloaded',
    bytes: 0,
    observedBytes: null,
    leak: null,
    settings: null,
    contextLength: null,
    seenContext: null,
    slots: null,
    loadedAt: null,
    lastUsedAt: null,
    inFlight,
    begun: 0,
    drainMs: USUAL_DRAIN_MS,
    error: null,
    loads: NO_FAILURES,
    waiters: new Waiters(),
    interest: null,
    postponed: 0,
    notBefore: -Infinity,
  };
}

/** Does a request want this model? */
export function isWanted(record: ModelRecord): boolean {
  return record.waiters.size > 0 || record.interest !== null;
}

/** Does a request that wants it depend on it? */
export function keepsWaiting(record: ModelRecord): boolean {
  return record.waiters.size > 0 || record.interest?.idleOnly === false;
}

/** Since when the oldest request wants it; null: none does. */
export function wantedSince(record: ModelRecord): number | null {
  const oldest = record.waiters.all()[0]?.since ?? null;
  if (oldest === null || record.interest === null) return oldest ?? record.interest?.since ?? null;
  return Math.min(oldest, record.interest.since);
}

/** The model can serve from now on. */
export function markLoaded(record: ModelRecord, now: number): void {
  record.state = 'loaded';
  record.loadedAt = now;
  record.lastUsedAt = now;
  record.begun = 0;
  record.error = null;
  record.leak = null;
}

/** The model holds no memory. `error`: why it failed to. */
export function markGone(record: ModelRecord, error: string | null = null): void {
  record.state = error === null ? 'unloaded' : 'failed';
  record.error = error;
  record.loadedAt = null;
  record.slots = null;
  record.contextLength = null;
  record.observedBytes = null;
  if (record.leak === null) record.bytes = 0;
}
