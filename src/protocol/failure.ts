import type { ErrorCode } from './errors.ts';
import type { RawError, UpstreamError } from './upstream-error.ts';

/** What went wrong with one attempt. The class, not the status alone, decides what happens next. */
export type FailureClass =
  | 'not_sent'
  | 'loading'
  | 'busy'
  | 'rate_limited'
  | 'quota'
  | 'out_of_memory'
  | 'gone'
  | 'context_overflow'
  | 'content_policy'
  | 'auth'
  | 'bad_request'
  | 'unanswered'
  | 'malformed'
  | 'started'
  | 'client_gone';

/** May the next target of the plan be tried? */
export type NextTarget = 'yes' | 'no' | 'larger_window' | 'if_lane_allows';

/** Effect of a failure on the health of the target. */
export type HealthEffect =
  | 'none'
  /** Counts towards the breaker of the target. */
  | 'breaker'
  /** Short fixed pause. */
  | 'cool_down'
  /** Pause as long as the upstream asks, else exponential. */
  | 'retry_after'
  /** 600 s: an account without money does not recover sooner. */
  | 'quota'
  | 'loading'
  /** The server does not know the model: 10 minutes. */
  | 'missing'
  /** The key was refused. */
  | 'key_refused';

interface FailureRule {
  readonly next: NextTarget;
  readonly health: HealthEffect;
  /** The upstream may have done the work: a further attempt may be billed twice (reliability R18). */
  readonly uncertain: boolean;
}

/** The one table of failure classes (DESIGN section 6). */
export const FAILURE_RULES: Readonly<Record<FailureClass, FailureRule>> = {
  not_sent: { next: 'yes', health: 'breaker', uncertain: false },
  loading: { next: 'yes', health: 'loading', uncertain: false },
  busy: { next: 'yes', health: 'cool_down', uncertain: false },
  rate_limited: { next: 'yes', health: 'retry_after', uncertain: false },
  quota: { next: 'yes', health: 'quota', uncertain: false },
  out_of_memory: { next: 'yes', health: 'breaker', uncertain: false },
  gone: { next: 'yes', health: 'missing', uncertain: false },
  context_overflow: { next: 'larger_window', health: 'none', uncertain: false },
  content_policy: { next: 'if_lane_allows', health: 'none', uncertain: false },
  auth: { next: 'yes', health: 'key_refused', uncertain: false },
  bad_request: { next: 'no', health: 'none', uncertain: false },
  unanswered: { next: 'yes', health: 'breaker', uncertain: true },
  malformed: { next: 'yes', health: 'breaker', uncertain: true },
  started: { next: 'no', health: 'breaker', uncertain: true },
  client_gone: { next: 'no', health: 'none', uncertain: false },
};

/** One failed attempt, told in words that may be shown to a client: never a key, a header or a prompt. */
export interface Failure {
  readonly class: FailureClass;
  /** What the client is told when this is the last attempt. */
  readonly code: ErrorCode;
  /** The upstream's HTTP status; null when there was no reply. */
  readonly status: number | null;
  /** Past tense, to stand after the target's name: `refused the connection`, `was overloaded (529)`. */
  readonly summary: string;
  /** Milliseconds that the upstream asked us to stay away, clamped to 600,000; null when it did not say. */
  readonly retryAfterMs: number | null;
  /** For `bad_request`, where the upstream's own words go to the client. */
  readonly upstream: UpstreamError | null;
  /** The upstream's own error reply, where the client speaks its wire and may get it as it is (wire case 140). */
  readonly raw?: RawError;
  /** The part of the request that the upstream refused, where the target may take the request without it. */
  readonly refusedPart?: RefusedPart;
}

/** Signed thinking that the target did not write itself, or not in this place (wire case 111). */
export type RefusedPart = 'signed_thinking';
