import type { Failure } from '../protocol/failure.ts';
import { afterNothing, afterStart } from './breaker.ts';
import { KEY_REFUSED_MS } from './backoff.ts';
import type { HealthView, Deferral, DeferralCode } from './plan.ts';
import type { ModelEntry } from './snapshot.ts';
import {
  breakerDeferral,
  freshTarget,
  isLater,
  pauseOf,
  refusesProvider,
  takeFailure,
  type TargetError,
  type TargetState,
} from './target-state.ts';

const TARGETS_MAX = 10_000;

interface ProviderState {
  unreachable: Deferral | null;
  keyRefused: Deferral | null;
  /** The server answered its last probe or request; null before either. */
  answered: boolean | null;
  /** The mood that listeners were told last. */
  told: DeferralCode | null;
}

/** How a provider stands, for `/ready`, the start table and the health view. */
export type ProviderStatus = Readonly<Omit<ProviderState, 'told'>>;

/** How a target stands, for the health view. Times are monotonic milliseconds. */
export interface TargetStatus {
  /** `half_open`: its time is over, and the next request is the trial. */
  readonly breaker: 'closed' | 'open' | 'half_open';
  /** null while closed. */
  readonly breakerUntil: number | null;
  /** Counted failures in a row. */
  readonly failures: number;
  /** What holds it back beside the breaker. */
  readonly pause: Deferral | null;
  /** The last failure since it last answered. */
  readonly lastError: TargetError | null;
}

/** A provider (`target` null) or target that feels otherwise than listeners were told last; `mood` null: well. */
export interface DeferralChange {
  readonly provider: string;
  /** Full model id. */
  readonly target: string | null;
  readonly deferral: DeferralCode | null;
  readonly cause: string | null;
}

/**
 * What the targets' recent behaviour says of them. Moves only by the methods below; every time is the caller's,
 * monotonic milliseconds. Its moods reorder a plan and never shorten it.
 */
export class Health {
  readonly #targets = new Map<string, TargetState>();
  readonly #providers = new Map<string, ProviderState>();
  readonly #random: () => number;
  readonly #listeners: ((change: DeferralChange) => void)[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /**
   * Hears when a mood changes by something that happened; one that passes with time is told with the next answer or
   * failure.
   */
  onChange(listener: (change: DeferralChange) => void): void {
    this.#listeners.push(listener);
  }

  /** The view of one moment, as `resolve` takes it. */
  at(now: number): HealthView {
    return { deferral: (model) => this.#deferral(model, now) };
  }

  /** How a provider stands; all null before anything was heard of it. */
  provider(id: string): ProviderStatus {
    return this.#provider(id);
  }

  /** How every provider stands of which something was heard. */
  standings(): ReadonlyMap<string, ProviderStatus> {
    return this.#providers;
  }

  /** How a target stands; null when nothing bad was heard since it last answered. */
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

  /** Forgets a provider and its targets: another has its name now, or none. */
  forget(providerId: string): void {
    const provider = this.#providers.get(providerId);
    this.#providers.delete(providerId);
    if (provider !== undefined && provider.told !== null) this.#tell(providerId, null, null);
    this.#forgetTargets(providerId);
  }

  /** A request starts on a target. */
  began(targetId: string, now: number): void {
    const state = this.#targets.get(targetId);
    if (state !== undefined) state.breaker = afterStart(state.breaker, now);
  }

  /** The target answered. */
  succeeded(model: ModelEntry): void {
    this.#recovered(model.id, model.provider.id);
    this.#answered(model.provider.id);
  }

  /**
   * An attempt failed; its class says what that means for the target. Gives true when it is news: the target had
   * not failed in this way since it last answered (one log line for each change, not one for each request).
   */
  failed(model: ModelEntry, failure: Failure, now: number): boolean {
    const providerId = model.provider.id;
    const provider = this.#provider(providerId);
    if (failure.class === 'not_sent') {
      provider.answered = false;
      provider.unreachable ??= { code: 'unreachable', cause: failure.summary, since: now, until: null };
    } else if (failure.status !== null) {
      provider.answered = true;
      provider.unreachable = null;
    }
    if (refusesProvider(failure)) {
      const until = now + KEY_REFUSED_MS;
      provider.keyRefused = { code: 'key_refused', cause: failure.summary, since: now, until };
    }
    const state = this.#target(model.id);
    const isNews = state.lastError?.class !== failure.class;
    takeFailure(state, failure, now, this.#random);
    this.#tellProvider(providerId, provider, providerDeferral(provider, now));
    const deferral = pauseOf(state, now) ?? breakerDeferral(state, now);
    if ((deferral?.code ?? null) !== state.told) {
      state.told = deferral?.code ?? null;
      this.#tell(providerId, model.id, deferral);
    }
    return isNews;
  }

  /** An attempt ended without a word about the target: the client left. */
  abandoned(targetId: string): void {
    const state = this.#targets.get(targetId);
    if (state !== undefined) state.breaker = afterNothing(state.breaker);
  }

  /** A probe read the provider's list. A server that came back is used at once: its old failures are forgotten. */
  probeAnswered(providerId: string): void {
    const wasAway = this.#provider(providerId).unreachable !== null;
    this.#answered(providerId);
    if (wasAway) this.#forgetTargets(providerId);
  }

  /** A probe failed; `nextAt` is when the next one runs. */
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
    this.#tellProvider(providerId, provider, providerDeferral(provider, now));
  }

  #answered(providerId: string): void {
    const provider = this.#provider(providerId);
    provider.answered = true;
    provider.unreachable = null;
    provider.keyRefused = null;
    this.#tellProvider(providerId, provider, null);
  }

  #recovered(targetId: string, providerId: string): void {
    const state = this.#targets.get(targetId);
    if (state === undefined) return;
    this.#targets.delete(targetId);
    if (state.told !== null) this.#tell(providerId, targetId, null);
  }

  #forgetTargets(providerId: string): void {
    for (const id of this.#targets.keys())
      if (id.startsWith(`${providerId}/`)) this.#recovered(id, providerId);
  }

  #tellProvider(id: string, provider: ProviderState, deferral: Deferral | null): void {
    if ((deferral?.code ?? null) === provider.told) return;
    provider.told = deferral?.code ?? null;
    this.#tell(id, null, deferral);
  }

  #tell(provider: string, target: string | null, deferral: Deferral | null): void {
    const change = { provider, target, deferral: deferral?.code ?? null, cause: deferral?.cause ?? null };
    for (const listener of this.#listeners) listener(change);
  }

  #deferral(model: ModelEntry, now: number): Deferral | null {
    const provider = this.#providers.get(model.provider.id);
    const away = provider === undefined ? null : providerDeferral(provider, now);
    if (away !== null) return away;
    const state = this.#targets.get(model.id);
    const pause = state === undefined ? null : pauseOf(state, now);
    if (pause !== null) return pause;
    if (model.provider.completeList && model.inList === false) {
      return { code: 'missing', cause: 'not in the list of its server', since: now, until: null };
    }
    return state === undefined ? null : breakerDeferral(state, now);
  }

  #target(id: string): TargetState {
    let state = this.#targets.get(id);
    if (state === undefined) {
      // Callers may name models freely where a list is unknown: the oldest entry makes room.
      const oldest = this.#targets.size >= TARGETS_MAX ? this.#targets.keys().next().value : undefined;
      if (oldest !== undefined) this.#targets.delete(oldest);
      this.#targets.set(id, (state = freshTarget()));
    }
    return state;
  }

  #provider(id: string): ProviderState {
    let state = this.#providers.get(id);
    if (state === undefined) {
      state = { unreachable: null, keyRefused: null, answered: null, told: null };
      this.#providers.set(id, state);
    }
    return state;
  }
}

function providerDeferral({ keyRefused, unreachable }: ProviderState, now: number): Deferral | null {
  return keyRefused !== null && isLater(keyRefused.until, now) ? keyRefused : unreachable;
}
