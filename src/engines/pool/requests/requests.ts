import type { LeaseRefusal, LoadDemand, RefusalReason } from '../../../protocol/lease.ts';
import type { ThermalState } from '../../sensors/thermal.ts';
import { claimEndsAt } from './burst.ts';
import { isLoadable } from '../schedule/candidates.ts';
import type { Claims } from './claims.ts';
import { isBlocked } from '../switch/ladder.ts';
import { misfitOf } from '../misfit.ts';
import { isWanted, keepsWaiting, type ModelRecord } from '../model-record.ts';
import type { ModelTable } from '../model-table.ts';
import { type PoolEffect, refusalOf } from '../pool-effect.ts';
import type { PoolSettings } from '../settings.ts';
import type { SwitchRunner } from '../switch/switch-runner.ts';

/** A request that needs a model to be resident. Times in monotonic ms. */
export interface Ask {
  /** Full model id. */
  readonly target: string;
  /** null: it names no lane. */
  readonly lane: string | null;
  /** May be served after all others. */
  readonly background: boolean;
  /** Its lane claims the pool. */
  readonly burst: boolean;
  /** Until when it waits. */
  readonly deadline: number;
  /** false: the answer comes at once, and may be that the model is loading. */
  readonly wait: boolean;
  readonly demand: LoadDemand;
}

/** What becomes of a request at once. */
export type Answer =
  | { readonly kind: 'granted' }
  | { readonly kind: 'waiting'; readonly waiter: number }
  /** `progress` 0 to 1 of the switch for it, or of none yet. */
  | { readonly kind: 'loading'; readonly retryAfterMs: number; readonly progress: number }
  | { readonly kind: 'refused'; readonly refusal: LeaseRefusal };

/** What requests need of the pool. */
export interface PoolParts {
  readonly name: string;
  readonly table: ModelTable;
  readonly claims: Claims;
  readonly runner: SwitchRunner;
  readonly settings: PoolSettings;
  readonly thermal: ThermalState;
  endClaimForOthers(now: number): void;
}

/** Guess of the time to load a model that was never loaded: reading its file at 2 GB/s, and a start. */
const READ_BYTES_PER_MS = 2e6;
const START_MS = 5_000;
const HOT_RETRY_MS = 60_000;

/** The requests of a pool: who begins, waits or is refused. */
export class Requests {
  /** The last request may have changed what is to be loaded or unloaded. */
  changedPlans = false;
  readonly #pool: PoolParts;
  readonly #out: PoolEffect[];
  #lastId = 0;

  constructor(pool: PoolParts, out: PoolEffect[]) {
    this.#pool = pool;
    this.#out = out;
  }

  /** `loading` means `loadingAnswer`, which the caller takes once the plans are made. */
  request(ask: Ask, now: number): Answer {
    const { table, claims } = this.#pool;
    const record = table.records.get(ask.target);
    this.changedPlans = false;
    if (record === undefined) return { kind: 'granted' };
    if (table.engineOf(record)?.canLoad !== true) return this.#begin(record, now);
    if (ask.burst && ask.lane !== null) {
      const before = claims.current;
      claims.touch(ask.lane, ask.target, now);
      this.changedPlans = before === null && claims.current !== null;
    }
    if (record.state === 'loaded' && record.waiters.size === 0 && this.#mayBegin(record, now, ask.wait))
      return this.#begin(record, now);
    const refusal = this.#refusalOf(record, ask, now);
    if (refusal !== null) return { kind: 'refused', refusal };
    return ask.wait ? this.#wait(record, ask, now) : this.#note(record, ask, now);
  }

  loadingAnswer(target: string, now: number): Answer {
    const record = this.#pool.table.records.get(target);
    const { runner } = this.#pool;
    const progress = runner.current?.target === target ? runner.progress : 0;
    return {
      kind: 'loading',
      retryAfterMs: record === undefined ? START_MS : this.#retryAfterMs(record, now),
      progress,
    };
  }

  refusedAtShutdown(target: string): Answer {
    const message = `${target} is not available: the gateway is shutting down`;
    return { kind: 'refused', refusal: { reason: 'draining', message, retryAfterMs: null } };
  }

  /** Returns whether anything changed. */
  cancel(waiter: number, target: string): boolean {
    const taken = this.#pool.table.records.get(target)?.waiters.remove(waiter) ?? null;
    if (taken === null) return false;
    const message = `the request for ${target} was cancelled`;
    this.#out.push({ type: 'refuse', waiter, refusal: { reason: 'cancelled', message, retryAfterMs: null } });
    return true;
  }

  /** Returns whether plans may change. */
  release(target: string, burstLane: string | null, now: number): boolean {
    const record = this.#pool.table.records.get(target);
    if (record === undefined) return false;
    record.inFlight = Math.max(0, record.inFlight - 1);
    record.lastUsedAt = now;
    if (burstLane !== null && this.#pool.claims.current?.target === target)
      this.#pool.claims.touch(burstLane, target, now);
    if (record.inFlight > 0 && record.waiters.size === 0) return false;
    return this.#pool.runner.current !== null || this.isAnyWanted();
  }

  /** Begins what waits for models that are loaded. */
  serve(now: number): void {
    for (const record of this.#pool.table.records.values()) {
      if (record.state !== 'loaded') continue;
      while (record.waiters.size > 0 && this.#mayBegin(record, now, true)) {
        const waiter = record.waiters.next(now, this.#pool.settings.maxWaitMs);
        if (waiter === null) break;
        this.#begin(record, now);
        this.#out.push({ type: 'grant', waiter: waiter.id });
      }
    }
  }

  /** Ends waits whose deadline has passed. */
  expire(now: number): void {
    for (const record of this.#pool.table.records.values()) {
      const { target } = record.model;
      for (const { id, since } of record.waiters.expired(now)) {
        const message = `${target} was not ready within ${Math.round((now - since) / 1000)} s`;
        const retryAfterMs = this.#retryAfterMs(record, now);
        this.#out.push({ type: 'refuse', waiter: id, refusal: { reason: 'timeout', message, retryAfterMs } });
      }
      if (record.interest !== null && now >= record.interest.until) record.interest = null;
    }
  }

  /** Ends all waits for a model. */
  refuse(record: ModelRecord, refusal: LeaseRefusal): void {
    record.interest = null;
    for (const { id } of record.waiters.clear()) this.#out.push({ type: 'refuse', waiter: id, refusal });
  }

  /** Ends all waits for models that have left the pool. */
  refuseLeft(records: readonly ModelRecord[]): void {
    for (const record of records) {
      const message = `${record.model.target} has left its pool: its provider was disabled, removed or moved`;
      this.refuse(record, { reason: 'load_failed', message, retryAfterMs: null });
    }
  }

  refuseAll(reason: RefusalReason, message: string): void {
    for (const record of this.#pool.table.records.values())
      this.refuse(record, { reason, message, retryAfterMs: null });
  }

  isAnyWanted(): boolean {
    for (const record of this.#pool.table.records.values()) if (isWanted(record)) return true;
    return false;
  }

  /** Can a model other than this take no further waiting request? */
  isQueueFull(except: string | null): boolean {
    const { table, settings } = this.#pool;
    return [...table.records.values()].some(
      ({ model, waiters }) => model.target !== except && waiters.size >= settings.queueMax,
    );
  }

  #begin(record: ModelRecord, now: number): Answer {
    record.inFlight += 1;
    record.lastUsedAt = now;
    if (!this.#othersWait(record, now)) record.begun = 0;
    else {
      record.begun += 1;
      if (record.begun >= this.#pool.settings.batch) this.changedPlans = true;
    }
    return { kind: 'granted' };
  }

  /** `canWait`: while another model waits, no more begin than are served at once, so that they end soon. */
  #mayBegin(record: ModelRecord, now: number, canWait: boolean): boolean {
    const { runner, thermal, settings, claims } = this.#pool;
    if (runner.isClosing(record.model.target) || thermal.level === 'hard') return false;
    if (thermal.level === 'soft' && record.inFlight >= Math.max(1, Math.floor((record.slots ?? 2) / 2)))
      return false;
    const { slots, inFlight, model, begun } = record;
    const isFull = canWait && slots !== null && inFlight >= slots;
    if ((begun < settings.batch && !isFull) || model.pinned || claims.of(model.target) === 'held')
      return true;
    if (!isFull && now - (record.loadedAt ?? now) < settings.minResidencyMs) return true;
    return !this.#othersWait(record, now);
  }

  /** Does another model wait for memory? */
  #othersWait(record: ModelRecord, now: number): boolean {
    const { table, claims } = this.#pool;
    if (claims.current !== null) return false;
    for (const other of table.records.values()) {
      if (other === record || !keepsWaiting(other) || now < other.notBefore) continue;
      if (isLoadable(other, table, now)) return true;
    }
    return false;
  }

  #refusalOf(record: ModelRecord, ask: Ask, now: number): LeaseRefusal | null {
    const { thermal, settings, claims } = this.#pool;
    const { target } = record.model;
    if (thermal.level === 'hard' && !ask.wait) {
      const message = `${target} is not used while the machine is above ${settings.hardC ?? 0} °C`;
      return { reason: 'too_hot', message, retryAfterMs: HOT_RETRY_MS };
    }
    if (record.state !== 'loaded') {
      const { obstacle = null } = record.model;
      if (obstacle !== null) return { reason: 'load_failed', message: obstacle, retryAfterMs: null };
      const { failure, blockedUntil } = record.loads;
      if (failure !== null && isBlocked(record.loads, now)) return refusalOf(failure, blockedUntil - now);
      const loading = this.#pool.runner.current?.target === target || record.state === 'loading';
      const misfit = loading ? null : misfitOf(this.#pool, record);
      if (misfit !== null) return misfit;
    }
    if (!ask.wait || record.waiters.size < settings.queueMax) return null;
    if (claims.current !== null && claims.current.target !== target) {
      this.#pool.endClaimForOthers(now);
      this.changedPlans = true;
    }
    const message = `${record.waiters.size} requests already wait for ${target}`;
    return { reason: 'queue_full', message, retryAfterMs: this.#retryAfterMs(record, now) };
  }

  #wait(record: ModelRecord, { target, lane, background, deadline }: Ask, now: number): Answer {
    this.#lastId += 1;
    record.waiters.add({ id: this.#lastId, target, lane, background, since: now, deadline });
    this.changedPlans = true;
    return { kind: 'waiting', waiter: this.#lastId };
  }

  #note(record: ModelRecord, { demand }: Ask, now: number): Answer {
    if (
      demand !== 'none' &&
      (record.state !== 'loaded' || this.#pool.runner.isClosing(record.model.target))
    ) {
      const { interest } = record;
      const idleOnly = demand === 'idle' && interest?.idleOnly !== false;
      const since = interest?.idleOnly === idleOnly ? interest.since : now;
      const requests = (interest?.requests ?? 0) + 1;
      record.interest = { since, until: now + this.#pool.settings.maxWaitMs, idleOnly, requests };
    }
    return { kind: 'loading', retryAfterMs: 0, progress: 0 };
  }

  /** ms until the model will probably be ready: what its last load took, less what has passed. */
  #retryAfterMs(record: ModelRecord, now: number): number {
    const { table, runner, claims, settings } = this.#pool;
    const { target } = record.model;
    const expected = expectedLoadMs(table, record);
    const remaining = runner.remainingMs(target, expected, now);
    if (remaining !== null) return remaining;
    const claim = claims.current;
    const claimed = claim === null || claim.target === target ? 0 : Math.max(0, claimEndsAt(claim) - now);
    const ahead = runner.current?.target;
    const first = ahead == null || ahead === target ? undefined : table.records.get(ahead);
    const stays = this.#needsRoom(record) ? settings.minResidencyMs : 0;
    const before = first === undefined ? 0 : expectedLoadMs(table, first) + stays;
    return expected + Math.max(claimed, before, stays === 0 ? 0 : this.#residencyLeftMs(now));
  }

  /** Does another model have to be unloaded for this one, as far as it is known? */
  #needsRoom(record: ModelRecord): boolean {
    const { table, settings } = this.#pool;
    if (table.engineOf(record)?.holdsOne === true) return true;
    const needBytes = table.need(record);
    const { freeBytes } = table.account(settings);
    return needBytes === null || freeBytes === null || needBytes > freeBytes;
  }

  #residencyLeftMs(now: number): number {
    const { table, settings } = this.#pool;
    const youngest = Math.max(...[...table.records.values()].map(({ loadedAt }) => loadedAt ?? -Infinity));
    return Math.max(0, youngest + settings.minResidencyMs - now);
  }
}

/** ms that loading the model takes, as measured last, or guessed from its size. */
export function expectedLoadMs(table: ModelTable, record: ModelRecord): number {
  return table.loadMs(record.model.target) ?? START_MS + (table.need(record) ?? 0) / READ_BYTES_PER_MS;
}
