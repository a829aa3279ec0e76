import { FAILURE_RULES, type Failure, type FailureClass } from '../protocol/failure.ts';
import { afterFailure, afterNothing, afterStart, CLOSED, isOpen, type Breaker } from './breaker.ts';
import { BUSY_MS, KEY_REFUSED_MS, LOADING_MS, MISSING_MS, QUOTA_MS, rateLimitPause } from './backoff.ts';
import type { HealthView, Mood, MoodCode } from './plan.ts';
import type { ModelEntry } from './snapshot.ts';

const TARGETS_MAX = 10_000;

interface TargetState {
  breaker: Breaker;
  breakerCause: string;
  breakerSince: number;
  /** The pause of a rate limit, quota, overload, loading, missing model or refused key. */
  pause: Mood | null;
  /** Rate limits in a row that named no time. */
  limits: number;
  lastFailure: FailureClass | null;
}

interface ProviderState {
  unreachable: Mood | null;
  keyRefused: Mood | null;
  /** The server answered its last probe or request; null before either. */
  answered: boolean | null;
}

/** How a provider stands, for `/ready`, the start table and the health view. */
export type ProviderStanding = Readonly<ProviderState>;

/**
 * What the targets' recent behaviour says of them. Moves only by the methods below; every time is the caller's,
 * monotonic milliseconds. Its moods reorder a plan and never shorten it.
 */
export class Health {
  readonly #targets = new Map<string, TargetState>();
  readonly #providers = new Map<string, ProviderState>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** The view of one moment, as `resolve` takes it. */
  at(now: number): HealthView {
    return { mood: (model) => this.#mood(model, now) };
  }

  /** How a provider stands; all null before anything was heard of it. */
  provider(id: string): ProviderStanding {
    return this.#provider(id);
  }

  /** A request starts on a target. */
  began(targetId: string, now: number): void {
    const state = this.#targets.get(targetId);
    if (state !== undefined) state.breaker = afterStart(state.breaker, now);
  }

  /** The target answered. */
  succeeded(model: ModelEntry): void {
    this.#targets.delete(model.id);
    const provider = this.#provider(model.provider.id);
    provider.answered = true;
    provider.unreachable = null;
    provider.keyRefused = null;
  }

  /**
   * An attempt failed; its class says what that means for the target. Gives true when it is news: the target had
   * not failed in this way since it last answered (one log line for each change, not one for each request).
   */
  failed(model: ModelEntry, failure: Failure, now: number): boolean {
    const provider = this.#provider(model.provider.id);
    if (failure.class === 'not_sent') {
      provider.answered = false;
      provider.unreachable ??= { code: 'unreachable', cause: failure.summary, since: now, until: null };
    } else if (failure.status !== null) {
      provider.answered = true;
      provider.unreachable = null;
    }
    this.#applyMood(model, failure, now);
    const state = this.#target(model.id);
    const isNews = state.lastFailure !== failure.class;
    state.lastFailure = failure.class;
    return isNews;
  }

  /** An attempt ended without a word about the target: the client left. */
  abandoned(targetId: string): void {
    const state = this.#targets.get(targetId);
    if (state !== undefined) state.breaker = afterNothing(state.breaker);
  }

  /** A probe read the provider's list. A server that came back is used at once: its old failures are forgotten. */
  probeAnswered(providerId: string): void {
    const provider = this.#provider(providerId);
    if (provider.unreachable !== null) {
      for (const id of this.#targets.keys()) if (id.startsWith(`${providerId}/`)) this.#targets.delete(id);
    }
    provider.answered = true;
    provider.unreachable = null;
    provider.keyRefused = null;
  }

  /** A probe failed; `nextAt` is when the next one runs. */
  probeFailed(providerId: string, failure: Failure, now: number, nextAt: number): void {
    const provider = this.#provider(providerId);
    provider.answered = failure.status !== null;
    if (failure.class === 'auth') {
      provider.keyRefused = { code: 'key_refused', cause: failure.summary, since: now, until: nextAt };
      return;
    }
    const since = provider.unreachable?.since ?? now;
    const code: MoodCode = failure.class === 'loading' ? 'loading' : 'unreachable';
    provider.unreachable = { code, cause: failure.summary, since, until: nextAt };
  }

  #applyMood(model: ModelEntry, failure: Failure, now: number): void {
    const state = this.#target(model.id);
    const pause = (code: MoodCode, ms: number): void => {
      const until = Math.max(now + ms, state.pause?.until ?? 0);
      state.pause = { code, cause: failure.summary, since: now, until };
    };
    switch (FAILURE_RULES[failure.class].mood) {
      case 'breaker':
        state.breaker = afterFailure(state.breaker, now, this.#random());
        state.breakerCause = failure.summary;
        state.breakerSince = now;
        return;
      case 'cool_down':
        pause('cooling_down', BUSY_MS);
        break;
      case 'retry_after':
        pause('cooling_down', failure.retryAfterMs ?? rateLimitPause(state.limits, this.#random()));
        state.limits += 1;
        break;
      case 'quota':
        pause('cooling_down', QUOTA_MS);
        break;
      case 'loading':
        pause('loading', LOADING_MS);
        break;
      case 'missing':
        pause('missing', MISSING_MS);
        break;
      case 'key_refused':
        this.#refuseKey(model, failure, now, pause);
        break;
      case 'none':
        break;
    }
    // These are not the breaker's business, but a half-open trial has ended with them.
    state.breaker = afterNothing(state.breaker);
  }

  /** 401 speaks of the key and so of the whole provider; 403 of this model only. */
  #refuseKey(
    model: ModelEntry,
    failure: Failure,
    now: number,
    pause: (code: MoodCode, ms: number) => void,
  ): void {
    if (failure.status === 403) {
      pause('key_refused', KEY_REFUSED_MS);
      return;
    }
    const until = now + KEY_REFUSED_MS;
    this.#provider(model.provider.id).keyRefused = {
      code: 'key_refused',
      cause: failure.summary,
      since: now,
      until,
    };
  }

  #mood(model: ModelEntry, now: number): Mood | null {
    const provider = this.#providers.get(model.provider.id);
    if (provider?.keyRefused != null && isLater(provider.keyRefused.until, now)) return provider.keyRefused;
    if (provider?.unreachable != null) return provider.unreachable;
    const state = this.#targets.get(model.id);
    if (state?.pause != null && isLater(state.pause.until, now)) return state.pause;
    if (model.provider.completeList && model.inList === false) {
      return { code: 'missing', cause: 'not in the list of its server', since: now, until: null };
    }
    if (state !== undefined && isOpen(state.breaker, now)) {
      const { breakerCause: cause, breakerSince: since, breaker } = state;
      return { code: 'breaker_open', cause, since, until: breaker.openUntil };
    }
    return null;
  }

  #target(id: string): TargetState {
    let state = this.#targets.get(id);
    if (state === undefined) {
      // Callers may name models freely where a list is unknown: the oldest entry makes room.
      const oldest = this.#targets.size >= TARGETS_MAX ? this.#targets.keys().next().value : undefined;
      if (oldest !== undefined) this.#targets.delete(oldest);
      state = {
        breaker: CLOSED,
        breakerCause: '',
        breakerSince: 0,
        pause: null,
        limits: 0,
        lastFailure: null,
      };
      this.#targets.set(id, state);
    }
    return state;
  }

  #provider(id: string): ProviderState {
    let state = this.#providers.get(id);
    if (state === undefined) {
      state = { unreachable: null, keyRefused: null, answered: null };
      this.#providers.set(id, state);
    }
    return state;
  }
}

function isLater(until: number | null, now: number): boolean {
  return until === null || until > now;
}
