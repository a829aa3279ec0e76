/**
 * A circuit breaker as plain state with pure transitions (times in monotonic ms). Five consecutive counted failures open
 * it for 30 s × times opened, at most 300 s, ±20 %; then one trial request is let through. The figures are those of
 * Envoy's outlier detection.
 */
export interface Breaker {
  readonly failures: number;
  readonly timesOpened: number;
  /** null: closed. */
  readonly openUntil: number | null;
  /** A trial request is running through the half-open breaker. */
  readonly trial: boolean;
}

/** A closed breaker without failures. */
export const CLOSED: Breaker = { failures: 0, timesOpened: 0, openUntil: null, trial: false };

const FAILURES_TO_OPEN = 5;
const BASE_MS = 30_000;
const CAP_MS = 300_000;
const JITTER = 0.2;

/** The state after a counted failure; `random` in [0, 1). */
export function afterFailure(breaker: Breaker, now: number, random: number): Breaker {
  const failures = breaker.failures + 1;
  if (breaker.openUntil === null && failures < FAILURES_TO_OPEN) return { ...breaker, failures };
  // A request that started before the breaker opened may fail later: that does not reopen it.
  if (breaker.openUntil !== null && now < breaker.openUntil) return { ...breaker, failures };
  const timesOpened = breaker.timesOpened + 1;
  const length = Math.min(BASE_MS * timesOpened, CAP_MS) * (1 - JITTER + 2 * JITTER * random);
  return { failures, timesOpened, openUntil: now + length, trial: false };
}

/** The state after a failure that opens it at once, however few came before; `random` in [0, 1). */
export function afterFatalFailure(breaker: Breaker, now: number, random: number): Breaker {
  const failures = Math.max(breaker.failures, FAILURES_TO_OPEN - 1);
  return afterFailure({ ...breaker, failures }, now, random);
}

/** The state when a request starts: through a half-open breaker it is the trial. */
export function afterStart(breaker: Breaker, now: number): Breaker {
  return breaker.openUntil !== null && now >= breaker.openUntil ? { ...breaker, trial: true } : breaker;
}

/** The state after a request without a result (the client disconnected): the next request may be the trial. */
export function afterNoResult(breaker: Breaker): Breaker {
  return breaker.trial ? { ...breaker, trial: false } : breaker;
}

/** Does it defer requests now? */
export function isOpen(breaker: Breaker, now: number): boolean {
  return breaker.openUntil !== null && (now < breaker.openUntil || breaker.trial);
}
