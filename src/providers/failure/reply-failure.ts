import { readErrorBody } from '../../wire/error-body.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Failure, FailureClass, RefusedPart } from '../../protocol/failure.ts';
import type { UpstreamError } from '../../protocol/upstream-error.ts';
import type { FailedReply } from '../provider.ts';
import { readRetryAfter } from './retry-after.ts';

/** What a failing reply says, read once for all rules. */
interface Told {
  /** The HTTP status; for an error event inside a 200 the status that its words stand for. */
  readonly status: number;
  readonly error: UpstreamError;
}

/** One row of the table: when it holds, the failure is what it says. */
interface ReplyRule {
  readonly name: string;
  /** Where the sign was seen. */
  readonly source: string;
  readonly when: (told: Told) => boolean;
  readonly class: FailureClass;
  readonly code: ErrorCode;
  /** `{status}` stands for the status. */
  readonly summary: string;
  /** The status for the client where it differs from the upstream's. */
  readonly status?: number;
  readonly refusedPart?: RefusedPart;
}

/** A server that is up and loads a model. `overloaded` is none: hence the word boundaries. */
const LOADING = /\bloading\b|\bnot (?:yet )?(?:loaded|ready)\b|\bstarting\b|\bwarming up\b/i;

/** 4xx that no waiting mends, by code or type (wire-formats section 3.5, OpenAI's error guide). */
const QUOTA_CODES: ReadonlySet<string> = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_error',
  'contract_spend_limit_reached',
  'enforced_spend_limit_reached',
  'ramp_limit_exceeded',
]);

/** No money left, told in words alone: Anthropic's 400 and 429, xAI's 403 and 429. */
const OUT_OF_CREDIT =
  /credit balance is too low|used all available credits|spend(?:ing)? limit|reached your specified api usage limits|doesn't have any credits|insufficient balance/i;

const GONE_CODES: ReadonlySet<string> = new Set(['model_not_found', 'model_decommissioned', 'invalid_model']);

/**
 * `model 'x' not found`, `The model x does not exist`, `Model Not Exist`, `has been decommissioned`: at most one
 * word between the model and what is said of it, so that other things that were not found are not meant.
 */
const GONE =
  /\bmodel:?\s+(?:\S+\s+)?(?:(?:was|is)\s+)?(?:not\s+found|(?:does\s+not|doesn't|not)\s+exist|has\s+been\s+decommissioned)|is not a valid model id|^invalid model\b/i;

const KEY_REFUSED = /incorrect api key|invalid api key|api key not valid/i;

/** 500s of llama-server that are the caller's fault (DESIGN section 6; engines/README "Errors"). */
const LLAMA_CALLER_FAULT = /image input is not supported|too large to process|does not support logits/i;

/** Anthropic's wording for thinking that it did not write itself, or not in this place. */
const THINKING_REFUSED =
  /invalid `?signature|bound to a different conversation|`?thinking`?.{0,60} blocks?.{0,80}cannot be modified/i;

const is4xx = (status: number): boolean => status >= 400 && status <= 499;
const hasCode = (codes: ReadonlySet<string>, { code, type }: UpstreamError): boolean =>
  codes.has(code ?? '') || codes.has(type ?? '');

/** The table of DESIGN section 6 for replies: the first rule that holds decides; the last always does. */
export const REPLY_RULES: readonly ReplyRule[] = [
  {
    name: 'redirect',
    source: 'reliability F19: never followed',
    when: ({ status }) => status >= 300 && status <= 399,
    class: 'malformed',
    code: 'upstream_redirect',
    summary: 'answered with a redirect ({status}), which is not followed',
  },
  {
    name: 'router child not reachable',
    source: 'local-engines A3: llama-server router while a model loads; plain text under a JSON type',
    when: ({ status, error }) =>
      status === 500 && error.message.includes('proxy error: Could not establish connection'),
    class: 'loading',
    code: 'model_loading',
    summary: 'was still loading the model ({status})',
  },
  {
    name: 'model not loaded',
    source: 'local-engines A3: llama-server router without autoload',
    when: ({ status, error }) => status === 400 && /\bmodel is not loaded\b/i.test(error.message),
    class: 'loading',
    code: 'model_loading',
    summary: 'had not loaded the model ({status})',
  },
  {
    name: 'loading',
    source: 'local-engines A1, wire case 171: llama-server answers every path so until it is ready',
    when: ({ status, error }) => status === 503 && LOADING.test(error.message),
    class: 'loading',
    code: 'model_loading',
    summary: 'was still loading ({status})',
  },
  {
    name: 'loop',
    source: 'API section 2: a gateway behind this one has refused a request that came round',
    when: ({ status, error }) => status === 508 && error.code === 'loop_detected',
    class: 'bad_request',
    code: 'loop_detected',
    summary: 'leads back to this gateway (508)',
  },
  {
    name: 'busy',
    source: 'wire cases 117, 157, 164; local-engines B5: 503, Anthropic 529, Groq 498',
    when: ({ status }) => status === 503 || status === 529 || status === 498,
    class: 'busy',
    code: 'upstream_busy',
    summary: 'was overloaded ({status})',
  },
  {
    name: 'payment required',
    source: 'DESIGN section 6; Anthropic billing_error, DeepSeek',
    when: ({ status }) => status === 402,
    class: 'quota',
    code: 'insufficient_quota',
    summary: 'had no quota left ({status})',
  },
  {
    name: 'quota code',
    source: 'wire case 117, reliability F6',
    when: ({ status, error }) => is4xx(status) && hasCode(QUOTA_CODES, error),
    class: 'quota',
    code: 'insufficient_quota',
    summary: 'had no quota left ({status})',
  },
  {
    name: 'out of credit',
    source: 'anthropics/claude-code#66314 (400), continuedev/continue#10373 and #12670 (xAI 429, 403)',
    when: ({ status, error }) => is4xx(status) && OUT_OF_CREDIT.test(error.message),
    class: 'quota',
    code: 'insufficient_quota',
    summary: 'had no credit left ({status})',
  },
  {
    name: 'rate limited',
    source: 'reliability F5',
    when: ({ status }) => status === 429,
    class: 'rate_limited',
    code: 'upstream_rate_limited',
    summary: 'was rate limited ({status})',
  },
  {
    name: 'model not found',
    source: 'DESIGN section 6; wire cases 157, 200; local-engines A3, C4; Groq model_decommissioned',
    when: ({ status, error }) => is4xx(status) && (hasCode(GONE_CODES, error) || GONE.test(error.message)),
    class: 'gone',
    code: 'model_not_found',
    summary: 'did not know the model ({status})',
  },
  {
    name: 'anthropic model not found',
    source: 'anthropics/claude-code#5349: the message is `model: NAME`',
    when: ({ error }) => error.type === 'not_found_error' && error.message.startsWith('model:'),
    class: 'gone',
    code: 'model_not_found',
    summary: 'did not know the model ({status})',
  },
  {
    name: 'key refused',
    source: 'reliability F10, wire case 198',
    when: ({ status }) => status === 401,
    class: 'auth',
    code: 'upstream_auth',
    summary: 'refused the key ({status})',
  },
  {
    name: 'access refused',
    source: 'reliability F10, wire case 198',
    when: ({ status }) => status === 403,
    class: 'auth',
    code: 'upstream_auth',
    summary: 'refused access ({status})',
  },
  {
    name: 'key refused as a bad request',
    source: 'continuedev/continue#10778: xAI and Gemini answer 400, with a part of the key in the message',
    when: ({ status, error }) =>
      status === 400 && (error.code === 'invalid_api_key' || KEY_REFUSED.test(error.message)),
    class: 'auth',
    code: 'upstream_auth',
    summary: 'refused the key ({status})',
  },
  {
    name: "caller's fault of llama-server",
    source: 'engines/README "What it means for the gateway" item 7',
    when: ({ status, error }) => status === 500 && LLAMA_CALLER_FAULT.test(error.message),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
    status: 400,
  },
  {
    name: 'signed thinking refused',
    source: 'wire case 111: platform.claude.com/docs, "Extended thinking", and reports of clients',
    when: ({ status, error }) => is4xx(status) && THINKING_REFUSED.test(error.message),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
    refusedPart: 'signed_thinking',
  },
  {
    name: 'bad request',
    source: 'reliability F11',
    when: ({ status }) => is4xx(status),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
  },
  {
    name: 'upstream timeout',
    source: 'reliability F7; 524 is the same from Cloudflare',
    when: ({ status }) => status === 504 || status === 524,
    class: 'unanswered',
    code: 'upstream_timeout',
    summary: 'timed out ({status})',
  },
  {
    name: 'upstream error',
    source: 'reliability F7; DESIGN section 6: other 5xx count by status',
    when: () => true,
    class: 'unanswered',
    code: 'upstream_error',
    summary: 'failed ({status})',
  },
];

/** Classes after which the upstream's own wish for a pause counts. */
const PAUSES: ReadonlySet<FailureClass> = new Set(['loading', 'busy', 'rate_limited', 'quota']);

/** What words inside a 200 stand for (wire-formats section 3.5; engines/README). */
const EVENT_STATUS: ReadonlyMap<string, number> = new Map([
  ['invalid_request_error', 400],
  ['BadRequestError', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['NotFoundError', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['rate_limit_exceeded', 429],
  ['tokens', 429],
  ['requests', 429],
  ['insufficient_quota', 429],
  ['unavailable_error', 503],
  ['timeout_error', 504],
  ['overloaded_error', 529],
]);

/**
 * Tells what a failing reply, or an error event inside a 200 stream (`status` 200), means. `wallMs` is the wall
 * clock, for a `Retry-After` that is a date. The summary never holds upstream text; `upstream` does, unscrubbed.
 */
export function classifyReply(reply: FailedReply, wallMs: number): Failure {
  const error = readErrorBody(reply.body);
  const inside = reply.status < 300;
  const told: Told = { status: inside ? statusOf(error) : reply.status, error };
  const rule = REPLY_RULES.find(({ when }) => when(told)) ?? LAST_RULE;
  const isCallers = rule.class === 'bad_request';
  return {
    class: rule.class,
    code: rule.code,
    status: isCallers ? (rule.status ?? told.status) : reply.status,
    summary: rule.summary.replace('{status}', inside ? 'told inside its reply' : String(reply.status)),
    retryAfterMs: PAUSES.has(rule.class) ? readRetryAfter(reply.header, wallMs) : null,
    upstream: isCallers ? error : null,
    ...(rule.refusedPart === undefined ? null : { refusedPart: rule.refusedPart }),
  };
}

const LAST_RULE = REPLY_RULES[REPLY_RULES.length - 1] as ReplyRule;

function statusOf({ type, code }: UpstreamError): number {
  const number = Number(code);
  if (Number.isInteger(number) && number >= 400 && number <= 599) return number;
  return EVENT_STATUS.get(type ?? '') ?? EVENT_STATUS.get(code ?? '') ?? 500;
}
