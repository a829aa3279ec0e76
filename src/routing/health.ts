import type { Failure } from '../protocol/failure.ts';
import { afterNoResult, afterStart } from './breaker.ts';
import { KEY_REFUSED_MS } from './backoff.ts';
import type { HealthView, Deferral, DeferralCode } from './plan.ts';
import { type ModelMemory, NO_MODEL_MEMORY, type ResidencyMap } from './residency.ts';
import type { ModelEntry } from './snapshot.ts';
import {
  affectsProvider,
  breakerDeferral,
  freshTarget,
  isLater,
  pauseOf,
  recordFailure,
  type TargetError,
  type TargetState,
} from './target-state.ts';

const TARGETS_MAX = 10_000;

interface ProviderState {
  unreachable: Deferral | null;
  keyRefused: Deferral | null;
  /** The server answered its last probe or request; null before the first. */
  answered: boolean | null;
  /** Its last probe was answered with something other than a model list: which models it serves is unknown. */
  noList: boolean;
  /** The deferral last reported to listeners. */
  reported: DeferralCode | null;
}

/** A provider's health, for `/ready`, the start table and the health view. */
export type ProviderStatus = Readonly<Omit<ProviderState, 'reported'>>;

/** A target's health, for the health view. Times are monotonic milliseconds. */
export interface TargetStatus {
  /** `half_open`: its time is over, and the next request is a trial. */
  readonly breaker: 'closed' | 'open' | 'half_open';
  /** null while closed. */
  readonly breakerUntil: number | null;
  /** Consecutive failures that count for the breaker. */
  readonly failures: number;
  /** A deferral other than the breaker's. */
  readonly pause: Deferral | null;
  /** The last failure since its last success. */
  readonly lastError: TargetError | null;
}

/** The deferral of a provider (`target` null) or a target has changed; `deferral` null: healthy. */
export interface DeferralChange {
  readonly provider: string;
  /** Full model id. */
  readonly target: string | null;
  readonly deferral: DeferralCode | null;
  readonly cause: string | null;
}

/**
 * The health of providers and targets, from their recent behaviour. Changes only through the methods below; all times
 * are passed in, as monotonic milliseconds. Deferrals reorder a plan and never shorten it. Which models are in memory is
 * passed on as it is.
 */
export class Health {
  readonly #targets = new Map<string, TargetState>();
  readonly #providers = new Map<string, ProviderState>();
  readonly #random: () => number;
  readonly #memory: ModelMemory;
  readonly #listeners: ((change: DeferralChange) => void)[] = [];

  /** `memory`: where the models are loaded that Laneway loads itself. */
  constructor(random: () => number, memory: ModelMemory = NO_MODEL_MEMORY) {
    this.#random = random;
    this.#memory = memory;
  }

  /**
   * Calls `listener` when an event changes a deferral. A deferral that merely expires is reported with the next success
   * or failure.
   */
  onChange(listener: (change: DeferralChange) => void): void {
    this.#listeners.push(listener);
  }

  /** The view at one point in time, for `resolve`. */
  at(now: number): HealthView {
    const { residency, loadState } = this.#memory;
    return { residency, loadState, deferral: (model) => this.#deferral(model, now) };
  }

  /** The models that Laneway loads, as they are now. */
  get residency(): ResidencyMap {
    return this.#memory.residency;
  }

  /** A provider's health; all null before its first probe or request. */
  provider(id: string): ProviderStatus {
    return this.#provider(id);
  }

  /** A target's health; null without a failure since its last success. */
  target(id: string, now: number): TargetStatus | null {
    const state = this.#targets.get(id);
    if (state === undefined) return null;
    const { failures, openUntil, trial } = state.breaker;
    const isOver = openUntil !== null && openUntil <= now && !trial;
    return {
      breaker: openUntil === null ? 'closed' : isOver ? 'half_open' : 'open',
      breakerUntil: openUntil,
      failures,
      pause: pauseOf(state, now),
      lastError: state.lastError,
    };
  }

  /** Drops a provider and its targets: it was removed, or another one has its name now. */
  forget(providerId: string): void {
    const provider = this.#providers.get(providerId);
    this.#providers.delete(providerId);
    if (provider !== undefined && provider.reported !== null) this.#report(providerId, null, null);
    this.#forgetTargets(providerId);
  }

  /** A request starts on a target. */
  began(targetId: string, now: number): void {
    const state = this.#targets.get(targetId);
    if (state !== undefined) state.breaker = afterStart(state.breaker, now);
  }

  /** A target answered. */
  succeeded(model: ModelEntry): void {
    this.#recovered(model.id, model.provider.id);
    this.#answered(model.provider.id);
  }

  /**
   * An attempt failed; the failure's class decides the effect on the target. Returns true when the target has not failed
   * in this way since its last success, for one log line per change and not one per request.
   */
  failed(model: ModelEntry, failure: Failure, now: number): boolean {
    const providerId = model.provider.id;
    const provider = this.#provider(providerId);
    if (failure.class === 'not_sent') {
      provider.answered = false;
      provider.unreachable ??= { code: 'unreachable', cause: failure.summary, since: now, until: null };
    } else if (failure.status !== null && failure.class !== 'malformed') {
      // A malformed reply may be another service's page: what the probes found remains.
      provider.answered = true;
      provider.unreachable = null;
    }
    // A cloud that refuses a model which its server passes on to it says nothing about the key of the server.
    if (affectsProvider(failure) && model.remote !== true) {
      const until = now + KEY_REFUSED_MS;
      provider.keyRefused = { code: 'key_refused', cause: failure.summary, since: now, until };
    }
    const state = this.#target(model.id);
    const isNews = state.lastError?.class !== failure.class;
    recordFailure(state, failure, now, this.#random);
    this.#reportProvider(providerId, provider, providerDeferral(provider, now));
    const deferral = pauseOf(state, now) ?? breakerDeferral(state, now);
    if ((deferral?.code ?? null) !== state.reported) {
      state.reported = deferral?.code ?? null;
      this.#report(providerId, model.id, deferral);
    }
    return isNews;
  }

  /** An attempt ended without a result for the target, for example because the client disconnected. */
  abandoned(targetId: string): void {
    const state = this.#targets.get(targetId);
    if (state !== undefined) state.breaker = afterNoResult(state.breaker);
  }

  /**
   * A probe was answered; `hasList` false: without a model list, which says nothing about the key either. A server that
   * was unreachable is used again at once: its targets' failures are dropped.
   */
  probeAnswered(providerId: string, hasList = true): void {
    const provider = this.#provider(providerId);
    const wasUnreachable = provider.unreachable !== null;
    const { keyRefused } = provider;
    provider.noList = !hasList;
    this.#answered(providerId, hasList ? null : keyRefused);
    if (wasUnreachable) this.#forgetTargets(providerId);
  }

  /** A probe failed; the next one runs at `nextAt`. */
  probeFailed(providerId: string, failure: Failure, now: number, nextAt: number): void {
    const provider = this.#provider(providerId);
    provider.answered = failure.status !== null;
    if (failure.class === 'auth') {
      provider.keyRefused = { code: 'key_refused', cause: failure.summary, since: now, until: nextAt };
    } else {
      const since = provider.unreachable?.since ?? now;
      const code: DeferralCode = failure.class === 'loading' ? 'loading' : 'unreachable';
      provider.unreachable = { code, cause: failure.summary, since, until: nextAt };
    }
    this.#reportProvider(providerId, provider, providerDeferral(provider, now));
  }

  #answered(providerId: string, keyRefused: Deferral | null = null): void {
    const provider = this.#provider(providerId);
    provider.answered = true;
    provider.unreachable = null;
    provider.keyRefused = keyRefused;
    this.#reportProvider(providerId, provider, keyRefused);
  }

  #recovered(targetId: string, providerId: string): void {
    const state = this.#targets.get(targetId);
    if (state === undefined) return;
    this.#targets.delete(targetId);
    if (state.reported !== null) this.#report(providerId, targetId, null);
  }

  #forgetTargets(providerId: string): void {
    for (const id of this.#targets.keys())
      if (id.startsWith(`${providerId}/`)) this.#recovered(id, providerId);
  }

  #reportProvider(id: string, provider: ProviderState, deferral: Deferral | null): void {
    if ((deferral?.code ?? null) === provider.reported) return;
    provider.reported = deferral?.code ?? null;
    this.#report(id, null, deferral);
  }

  #report(provider: string, target: string | null, deferral: Deferral | null): void {
    const change = { provider, target, deferral: deferral?.code ?? null, cause: deferral?.cause ?? null };
    for (const listener of this.#listeners) listener(change);
  }

  #deferral(model: ModelEntry, now: number): Deferral | null {
    const provider = this.#providers.get(model.provider.id);
    const ofProvider = provider === undefined ? null : providerDeferral(provider, now);
    if (ofProvider !== null) return ofProvider;
    const state = this.#targets.get(model.id);
    const pause = state === undefined ? null : pauseOf(state, now);
    if (pause !== null) return pause;
    if (model.provider.completeList && model.inList === false) {
      return { code: 'missing', cause: 'not in the model list of its server', since: null, until: null };
    }
    return state === undefined ? null : breakerDeferral(state, now);
  }

  #target(id: string): TargetState {
    let state = this.#targets.get(id);
    if (state === undefined) {
      // Bounded: while a list is unknown, callers may name arbitrary models. The oldest entry is evicted.
      const oldest = this.#targets.size >= TARGETS_MAX ? this.#targets.keys().next().value : undefined;
      if (oldest !== undefined) this.#targets.delete(oldest);
      this.#targets.set(id, (state = freshTarget()));
    }
    return state;
  }

  #provider(id: string): ProviderState {
    let state = this.#providers.get(id);
    if (state === undefined) {
      state = { unreachable: null, keyRefused: null, answered: null, noList: false, reported: null };
      this.#providers.set(id, state);
    }
    return state;
  }
}

function providerDeferral({ keyRefused, unreachable }: ProviderState, now: number): Deferral | null {
  return keyRefused !== null && isLater(keyRefused.until, now) ? keyRefused : unreachable;
}
