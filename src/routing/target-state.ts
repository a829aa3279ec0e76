import { FAILURE_RULES, type Failure, type FailureClass } from '../protocol/failure.ts';
import { afterFailure, afterNothing, CLOSED, isOpen, type Breaker } from './breaker.ts';
import { BUSY_MS, KEY_REFUSED_MS, LOADING_MS, MISSING_MS, QUOTA_MS, rateLimitPause } from './backoff.ts';
import type { Deferral, DeferralCode } from './plan.ts';

/** A failed attempt, for people; `at` is monotonic ms. */
export interface TargetError {
  readonly class: FailureClass;
  /** Past tense, to stand after the target's name. */
  readonly summary: string;
  readonly at: number;
}

/** What the recent behaviour of one target says of it; times in monotonic ms. */
export interface TargetState {
  breaker: Breaker;
  breakerCause: string;
  breakerSince: number;
  /** The pause of a rate limit, quota, overload, loading, missing model or refused key. */
  pause: Deferral | null;
  /** Rate limits in a row that named no time. */
  limits: number;
  lastError: TargetError | null;
  /** The mood that listeners were told last. */
  told: DeferralCode | null;
}

/** A target of which nothing bad was heard. */
export function freshTarget(): TargetState {
  return {
    breaker: CLOSED,
    breakerCause: '',
    breakerSince: 0,
    pause: null,
    limits: 0,
    lastError: null,
    told: null,
  };
}

/**
 * Takes a failure in: what its class says of the target (DESIGN section 6). A refused key that speaks of the whole
 * provider is not the target's business. `random` in [0, 1).
 */
export function takeFailure(state: TargetState, failure: Failure, now: number, random: () => number): void {
  state.lastError = { class: failure.class, summary: failure.summary, at: now };
  const rule = FAILURE_RULES[failure.class].health;
  if (rule === 'breaker') {
    state.breaker = afterFailure(state.breaker, now, random());
    state.breakerCause = failure.summary;
    state.breakerSince = now;
    return;
  }
  const pause = (code: DeferralCode, ms: number): void => {
    const until = Math.max(now + ms, state.pause?.until ?? 0);
    state.pause = { code, cause: failure.summary, since: now, until };
  };
  switch (rule) {
    case 'cool_down':
      pause('cooling_down', BUSY_MS);
      break;
    case 'retry_after':
      pause('cooling_down', failure.retryAfterMs ?? rateLimitPause(state.limits, random()));
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
      if (!refusesProvider(failure)) pause('key_refused', KEY_REFUSED_MS);
      break;
    case 'none':
      break;
  }
  // These are not the breaker's business, but a half-open trial has ended with them.
  state.breaker = afterNothing(state.breaker);
}

/** 401 speaks of the key and so of the whole provider; 403 of this model only. */
export function refusesProvider(failure: Failure): boolean {
  return FAILURE_RULES[failure.class].health === 'key_refused' && failure.status !== 403;
}

/** The pause that holds now. */
export function pauseOf(state: TargetState, now: number): Deferral | null {
  return state.pause !== null && isLater(state.pause.until, now) ? state.pause : null;
}

/** The mood of a breaker that holds requests back now. */
export function breakerDeferral(state: TargetState, now: number): Deferral | null {
  if (!isOpen(state.breaker, now)) return null;
  const { breakerCause: cause, breakerSince: since, breaker } = state;
  return { code: 'breaker_open', cause, since, until: breaker.openUntil };
}

/** Is that time still to come? null is never over. */
export function isLater(until: number | null, now: number): boolean {
  return until === null || until > now;
}
