import { NO_REASON, readErrorBody } from '../../wire/upstream-error-body.ts';
import type { Failure, FailureClass } from '../../protocol/failure.ts';
import type { UpstreamError } from '../../protocol/upstream-error.ts';
import type { FailedReply } from '../provider.ts';
import { NO_ECHO, RequestEcho } from './echo.ts';
import { isProxyPage } from './proxy-page.ts';
import { REPLY_RULES, type ParsedReply, type ReplyRule } from './reply-rules.ts';
import { readRetryAfter } from './retry-after.ts';
import { maskKeys } from './scrub.ts';
import { namedOutputLimit, overflowSizes } from './wordings.ts';

/** Classes for which the upstream's `Retry-After` counts. */
const PAUSES: ReadonlySet<FailureClass> = new Set(['loading', 'busy', 'rate_limited', 'quota']);

/** The status that an error's type or code inside a 200 corresponds to: Anthropic, OpenAI, vLLM and llama-server. */
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

/** The summary of a `context_overflow` whose prompt alone would have fitted. */
const OUTPUT_TOO_LARGE = 'found the output limit too large for its context ({status})';

/**
 * Classifies a failing reply, or an error inside a 200 (`status` 200). `wallMs` is the wall clock, for a `Retry-After`
 * that is a date. The summary never contains upstream text; `upstream` and `words` do, unscrubbed but for what looks
 * like a key in `words`.
 */
export function classifyReply(reply: FailedReply, wallMs: number): Failure {
  const error = readErrorBody(reply.body);
  const inside = reply.status < 300;
  const echo = reply.request === undefined ? NO_ECHO : new RequestEcho(reply.request);
  const parsed: ParsedReply = {
    status: inside ? statusOf(error) : reply.status,
    error,
    outputLimit: reply.outputLimit ?? null,
    isPage: !inside && isProxyPage(reply.status, reply.body.toString('utf8')),
    echo,
  };
  const rule = REPLY_RULES.find(({ when }) => when(parsed)) ?? LAST_RULE;
  const isCallers = rule.class === 'bad_request';
  const overflow = rule.class === 'context_overflow' ? overflowSizes(error, echo) : null;
  const largest = isCallers ? namedOutputLimit(error, echo) : null;
  const summary = overflow?.output === undefined ? rule.summary : OUTPUT_TOO_LARGE;
  return {
    class: rule.class,
    code: rule.code,
    status: isCallers ? (rule.status ?? parsed.status) : reply.status,
    summary: summary.replace('{status}', inside ? 'error inside its reply' : String(reply.status)),
    retryAfterMs: PAUSES.has(rule.class) ? readRetryAfter(reply.header, wallMs) : null,
    upstream: isCallers ? error : null,
    ...(error.message === NO_REASON ? null : { words: maskKeys(error.message) }),
    ...(overflow === null ? null : { overflow }),
    ...(largest === null ? null : { largestOutput: largest }),
    ...(rule.refusedPart === undefined ? null : { refusedPart: rule.refusedPart }),
  };
}

const LAST_RULE = REPLY_RULES[REPLY_RULES.length - 1] as ReplyRule;

function statusOf({ type, code }: UpstreamError): number {
  const number = Number(code);
  if (Number.isInteger(number) && number >= 400 && number <= 599) return number;
  return EVENT_STATUS.get(type ?? '') ?? EVENT_STATUS.get(code ?? '') ?? 500;
}
