import type { Failure, FailureClass } from '../protocol/failure.ts';
import { FAILURE_RULES } from '../protocol/failure-rules.ts';
import { afterFailure, afterFatalFailure, afterNoResult, CLOSED, isOpen, type Breaker } from './breaker.ts';
import { BUSY_MS, KEY_REFUSED_MS, LOADING_MS, MISSING_MS, QUOTA_MS, rateLimitPause } from './backoff.ts';
import type { Deferral, DeferralCode } from './plan.ts';

/** A failed attempt, for display; `at` is monotonic ms. */
export interface TargetError {
  readonly class: FailureClass;
  /** Past tense, to follow the target's name. */
  readonly summary: string;
  readonly at: number;
}

/** The health of one target; times in monotonic ms. */
export interface TargetState {
  breaker: Breaker;
  breakerCause: string;
  breakerSince: number;
  /** The pause of a rate limit, quota, overload, loading, missing model or refused key. */
  pause: Deferral | null;
  /** Consecutive rate limits without `Retry-After`. */
  limits: number;
  lastError: TargetError | null;
  /** The deferral last reported to listeners. */
  reported: DeferralCode | null;
}

/** A target without failures. */
export function freshTarget(): TargetState {
  return {
    breaker: CLOSED,
    breakerCause: '',
    breakerSince: 0,
    pause: null,
    limits: 0,
    lastError: null,
    reported: null,
  };
}

/**
 * Applies a failure to a target's state, by its class. A refused key that affects the whole provider is not recorded
 * here as a pause. `random` in [0, 1).
 */
export function recordFailure(state: TargetState, failure: Failure, now: number, random: () => number): void {
  state.lastError = { class: failure.class, summary: failure.summary, at: now };
  const rule = FAILURE_RULES[failure.class].health;
  if (rule === 'breaker' || rule === 'open') {
    const after = rule === 'open' ? afterFatalFailure : afterFailure;
    state.breaker = after(state.breaker, now, random());
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
      if (!affectsProvider(failure)) pause('key_refused', KEY_REFUSED_MS);
      break;
    case 'none':
      break;
  }
  // These failures do not count for the breaker, but they end a half-open trial.
  state.breaker = afterNoResult(state.breaker);
}

/** Was the key rejected for the whole provider? A 403 denies access to this model only. */
export function affectsProvider(failure: Failure): boolean {
  return FAILURE_RULES[failure.class].health === 'key_refused' && failure.status !== 403;
}

/** The pause in effect now; null without one. */
export function pauseOf(state: TargetState, now: number): Deferral | null {
  return state.pause !== null && isLater(state.pause.until, now) ? state.pause : null;
}

/** The breaker's deferral; null when it lets the next request through. */
export function breakerDeferral(state: TargetState, now: number): Deferral | null {
  if (!isOpen(state.breaker, now)) return null;
  const { breakerCause: cause, breakerSince: since, breaker } = state;
  return { code: 'breaker_open', cause, since, until: breaker.openUntil };
}

/** Is `until` later than `now`? null means no end. */
export function isLater(until: number | null, now: number): boolean {
  return until === null || until > now;
}
