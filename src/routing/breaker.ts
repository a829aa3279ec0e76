/**
 * A circuit breaker as plain state and pure steps (times in monotonic ms). Five counted failures in a row open it
 * for 30 s × times opened, at most 300 s, ±20 %; then one request is let through. The figures are Envoy's outlier
 * detection (reliability section 1.1).
 */
export interface Breaker {
  readonly failures: number;
  readonly timesOpened: number;
  /** null: closed. */
  readonly openUntil: number | null;
  /** One request is under way through the half-open breaker. */
  readonly trial: boolean;
}

/** A breaker that has counted nothing. */
export const CLOSED: Breaker = { failures: 0, timesOpened: 0, openUntil: null, trial: false };

const FAILURES_TO_OPEN = 5;
const BASE_MS = 30_000;
const CAP_MS = 300_000;
const JITTER = 0.2;

/** After a counted failure; `random` in [0, 1). */
export function afterFailure(breaker: Breaker, now: number, random: number): Breaker {
  const failures = breaker.failures + 1;
  if (breaker.openUntil === null && failures < FAILURES_TO_OPEN) return { ...breaker, failures };
  // A request that began before the breaker opened may fail later: that opens nothing anew.
  if (breaker.openUntil !== null && now < breaker.openUntil) return { ...breaker, failures };
  const timesOpened = breaker.timesOpened + 1;
  const length = Math.min(BASE_MS * timesOpened, CAP_MS) * (1 - JITTER + 2 * JITTER * random);
  return { failures, timesOpened, openUntil: now + length, trial: false };
}

/** When a request starts: through a half-open breaker it is the trial. */
export function afterStart(breaker: Breaker, now: number): Breaker {
  return breaker.openUntil !== null && now >= breaker.openUntil ? { ...breaker, trial: true } : breaker;
}

/** After a request that says nothing of the target (the client left): a trial is given back. */
export function afterNothing(breaker: Breaker): Breaker {
  return breaker.trial ? { ...breaker, trial: false } : breaker;
}

/** Does it hold requests back now? */
export function isOpen(breaker: Breaker, now: number): boolean {
  return breaker.openUntil !== null && (now < breaker.openUntil || breaker.trial);
}
