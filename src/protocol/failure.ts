import type { ErrorCode } from './errors.ts';
import type { OverflowSizes, RawError, UpstreamError } from './upstream-error.ts';

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
  /** 413 of one target: another may take the request. */
  | 'too_large'
  | 'auth'
  | 'bad_request'
  | 'unanswered'
  | 'malformed'
  | 'started'
  | 'client_gone';

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
  /** A retry does not help while the configuration is the same. */
  readonly isFinal?: true;
  /** The upstream's error for `bad_request`, which is passed to the client; null otherwise. */
  readonly upstream: UpstreamError | null;
  /** The upstream's own words in one line of at most 500 characters, without keys; absent where it said nothing. */
  readonly words?: string;
  /** The sizes in a `context_overflow`, as far as the upstream gives them. */
  readonly overflow?: OverflowSizes;
  /** The model's largest limit of the output in tokens, which a `bad_request` names: the request's was above. */
  readonly largestOutput?: number;
  /** The upstream's own error reply, if the client uses the same wire and may get it unchanged (wire case 140). */
  readonly raw?: RawError;
  /** The part of the request that the upstream rejected, if the target may accept the request without it. */
  readonly refusedPart?: RefusedPart;
  /** Fields that the upstream's 400 or 422 names and that Laneway itself had added. */
  readonly refusedFields?: RefusedFields;
}

/**
 * Signed thinking that the target did not write itself, or not at this place (wire case 111), or plain thinking under a
 * key that it does not know.
 */
export type RefusedPart = 'signed_thinking';

/** Fields of Laneway's own that an upstream refuses. */
export interface RefusedFields {
  /** The names that went out. */
  readonly names: readonly string[];
  /** The error also names a field of the client: without that one the target may accept them. */
  readonly isConditional: boolean;
}

/** The summary and the upstream's own words, for messages, traces and the log; follows the target's name. */
export function inWords({ summary, words }: Pick<Failure, 'summary' | 'words'>): string {
  return words === undefined || words === '' ? summary : `${summary}: ${words}`;
}

/** A failure without an error body of the upstream; `status` where there was a reply. */
export function failureOf(
  failureClass: FailureClass,
  code: ErrorCode,
  summary: string,
  status: number | null = null,
): Failure {
  return { class: failureClass, code, status, summary, retryAfterMs: null, upstream: null };
}
