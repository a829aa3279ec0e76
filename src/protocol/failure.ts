import type { ErrorCode } from './errors.ts';
import type { RawError, UpstreamError } from './upstream-error.ts';

/** Why an attempt failed. The class, not the status alone, decides what happens next. */
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

/** Whether the next target of the plan may be tried. */
export type NextTarget = 'yes' | 'no' | 'larger_window' | 'if_lane_allows';

/** Effect of a failure on the health of the target. */
export type HealthEffect =
  | 'none'
  /** Counts towards the breaker of the target. */
  | 'breaker'
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

/** A failed attempt. Its texts may be shown to a client: they never contain a key, a header or a prompt. */
export interface Failure {
  readonly class: FailureClass;
  /** The code of the client's error if this is the last attempt. */
  readonly code: ErrorCode;
  /** The upstream's HTTP status; null when there was no reply. */
  readonly status: number | null;
  /** Past tense, to follow the target's name: `refused the connection`, `was overloaded (529)`. */
  readonly summary: string;
  /** The pause that the upstream requested in milliseconds, clamped to 600,000; null when it requested none. */
  readonly retryAfterMs: number | null;
  /** The upstream's error for `bad_request`, which is passed to the client; null otherwise. */
  readonly upstream: UpstreamError | null;
  /** The upstream's own error reply, if the client uses the same wire and may get it unchanged (wire case 140). */
  readonly raw?: RawError;
  /** The part of the request that the upstream rejected, if the target may accept the request without it. */
  readonly refusedPart?: RefusedPart;
}

/** Signed thinking that the target did not write itself, or not at this place (wire case 111). */
export type RefusedPart = 'signed_thinking';
