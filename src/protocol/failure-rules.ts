import type { FailureClass } from './failure.ts';

/** Whether the next target of the plan may be tried. */
export type NextTarget = 'yes' | 'no' | 'larger_window' | 'if_lane_allows';

/** Effect of a failure on the health of the target. */
export type HealthEffect =
  | 'none'
  /** Counts towards the breaker of the target. */
  | 'breaker'
  /** Opens the breaker of the target at once: more requests would fail in the same way, and cost the engine more. */
  | 'open'
  /** A short fixed pause. */
  | 'cool_down'
  /** A pause as long as the upstream requests, else exponential. */
  | 'retry_after'
  /** 600 s: an account without credit does not recover sooner. */
  | 'quota'
  | 'loading'
  /** The server does not know the model: a pause of 10 minutes. */
  | 'missing'
  /** The key was rejected. */
  | 'key_refused';

interface FailureRule {
  readonly next: NextTarget;
  readonly health: HealthEffect;
  /** The upstream may have executed the request: another attempt may be billed twice. */
  readonly uncertain: boolean;
}

/** What each failure class implies. */
export const FAILURE_RULES: Readonly<Record<FailureClass, FailureRule>> = {
  not_sent: { next: 'yes', health: 'breaker', uncertain: false },
  loading: { next: 'yes', health: 'loading', uncertain: false },
  busy: { next: 'yes', health: 'cool_down', uncertain: false },
  rate_limited: { next: 'yes', health: 'retry_after', uncertain: false },
  quota: { next: 'yes', health: 'quota', uncertain: false },
  out_of_memory: { next: 'yes', health: 'open', uncertain: false },
  gone: { next: 'yes', health: 'missing', uncertain: false },
  context_overflow: { next: 'larger_window', health: 'none', uncertain: false },
  content_policy: { next: 'if_lane_allows', health: 'none', uncertain: false },
  too_large: { next: 'yes', health: 'none', uncertain: false },
  auth: { next: 'yes', health: 'key_refused', uncertain: false },
  bad_request: { next: 'no', health: 'none', uncertain: false },
  unanswered: { next: 'yes', health: 'breaker', uncertain: true },
  malformed: { next: 'yes', health: 'breaker', uncertain: true },
  started: { next: 'no', health: 'breaker', uncertain: true },
  client_gone: { next: 'no', health: 'none', uncertain: false },
};

/**
 * Failures of the target itself: neither mistakes of the caller nor a model that is still loading, which answers soon. They
 * count for a rollback and for the error rate of a model.
 */
export const TARGET_FAILURES: ReadonlySet<FailureClass> = new Set([
  ...(['not_sent', 'busy', 'rate_limited', 'quota', 'out_of_memory', 'gone', 'auth'] as const),
  ...(['unanswered', 'malformed', 'started'] as const),
]);
