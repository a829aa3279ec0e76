import type { ErrorCode } from '../../protocol/errors.ts';
import type { FailureClass, RefusedPart } from '../../protocol/failure.ts';
import type { UpstreamError } from '../../protocol/upstream-error.ts';
import type { Echo } from './echo.ts';
import { isCoded, saysSo, type Meaning } from './wordings.ts';

/** An error reply, parsed once for all rules. */
export interface ParsedReply {
  /** The HTTP status; for an error inside a 200, the status that its type or code corresponds to. */
  readonly status: number;
  readonly error: UpstreamError;
  /** Output tokens that the client allowed; null: no limit is known. */
  readonly outputLimit: number | null;
  /** It is the page of a proxy or of another service. */
  readonly isPage: boolean;
  /** Which of its words only repeat the request. */
  readonly echo: Echo;
}

/** One row of the table: the replies that it matches and their failure. */
export interface ReplyRule {
  readonly name: string;
  /** Who sends such replies, or where they are documented. */
  readonly source: string;
  readonly when: (reply: ParsedReply) => boolean;
  readonly class: FailureClass;
  readonly code: ErrorCode;
  /** `{status}` is replaced by the status. */
  readonly summary: string;
  /** The status for the client where it differs from the upstream's. */
  readonly status?: number;
  readonly refusedPart?: RefusedPart;
}

/** The keys of a message that hold thinking, in the path or the message of an error. */
const THINKING_KEY = /\breasoning_content\b|\bmessages\b.{0,40}\breasoning\b/i;

const is4xx = (status: number): boolean => status >= 400 && status <= 499;
/**
 * Statuses with which servers report a prompt over the window: mostly 400; 413 and 422 of gateways; 500 and 502 where a
 * gateway wraps its upstream's error (OpenRouter). Never one that is about the key, the rate or a missing path.
 */
const mayBeOverflow = (status: number): boolean => [400, 413, 422, 500, 502].includes(status);
/** Statuses of a provider's filter: 400 in general, 403 of OpenRouter's moderation; 500 inside a stream. */
const mayBePolicy = (status: number): boolean => [400, 403, 422, 500].includes(status);
const means = (meaning: Meaning, { error, echo }: { error: UpstreamError; echo: Echo }): boolean =>
  isCoded(meaning, error) || saysSo(meaning, error, echo);

/** "Not found" with a type of the API may be about anything that the request names; a framework's has no type. */
const isVague = ({ message, type }: UpstreamError): boolean =>
  /^not found/i.test(message) && type !== null && type !== 'not_found_error';

/** The table of error replies: the first rule that matches decides; the last one always matches. */
export const REPLY_RULES: readonly ReplyRule[] = [
  {
    name: 'redirect',
    source: 'any server or proxy; following one would send the key elsewhere',
    when: ({ status }) => status >= 300 && status <= 399,
    class: 'malformed',
    code: 'upstream_redirect',
    summary: 'answered with a redirect ({status}), which is not followed',
  },
  {
    name: 'router child not reachable',
    source: 'llama-server router while a model loads: plain text with a JSON content type',
    when: ({ status, error }) =>
      status === 500 && error.message.includes('proxy error: Could not establish connection'),
    class: 'loading',
    code: 'model_loading',
    summary: 'was still loading the model ({status})',
  },
  {
    name: 'model not loaded',
    source: 'llama-server router without autoload',
    when: ({ status, error, echo }) => status === 400 && saysSo('not_loaded', error, echo),
    class: 'loading',
    code: 'model_loading',
    summary: 'had not loaded the model ({status})',
  },
  {
    name: 'out of memory',
    source:
      'the wordings of `out_of_memory`; before "loading", since most engines run out of memory while they load',
    when: ({ status, error }) => status >= 500 && saysSo('out_of_memory', error),
    class: 'out_of_memory',
    code: 'upstream_out_of_memory',
    summary: 'ran out of memory ({status})',
  },
  {
    name: 'loading',
    source: 'wire case 171: llama-server, on every path until it is ready',
    when: ({ status, error }) => status === 503 && saysSo('loading', error),
    class: 'loading',
    code: 'model_loading',
    summary: 'was still loading ({status})',
  },
  {
    name: 'loop',
    source: 'another Laneway upstream that rejected a request which had looped',
    when: ({ status, error }) => status === 508 && error.code === 'loop_detected',
    class: 'bad_request',
    code: 'loop_detected',
    summary: 'routed the request back to this gateway (508)',
  },
  {
    name: 'no output requested',
    source:
      'recorded: vLLM 0.32.0 on 2026-11-29; it has the same words for a prompt as long as its window, which leaves no output',
    when: ({ status, error, outputLimit }) =>
      status === 400 && outputLimit === 0 && /\bmax_tokens must be at least 1, got 0\b/i.test(error.message),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
  },
  {
    name: 'context overflow',
    source: 'wire case 170; the wordings and codes of `context_overflow`',
    when: (reply) => mayBeOverflow(reply.status) && means('context_overflow', reply),
    class: 'context_overflow',
    code: 'context_length_exceeded',
    summary: 'found the prompt too long for its context ({status})',
  },
  {
    name: 'content policy',
    source:
      'the wordings and codes of `content_policy`; before "access denied", since OpenRouter answers 403',
    when: (reply) => mayBePolicy(reply.status) && means('content_policy', reply),
    class: 'content_policy',
    code: 'content_filter',
    summary: 'refused the content ({status})',
  },
  {
    name: 'busy',
    source: 'wire cases 117, 157, 164: 503, Anthropic 529, Groq 498',
    when: ({ status }) => status === 503 || status === 529 || status === 498,
    class: 'busy',
    code: 'upstream_busy',
    summary: 'was overloaded ({status})',
  },
  {
    name: 'payment required',
    source: 'Anthropic billing_error, DeepSeek',
    when: ({ status }) => status === 402,
    class: 'quota',
    code: 'insufficient_quota',
    summary: 'had no quota left ({status})',
  },
  {
    name: 'quota code',
    source: 'wire case 117; OpenAI insufficient_quota',
    when: ({ status, error }) => is4xx(status) && isCoded('quota', error),
    class: 'quota',
    code: 'insufficient_quota',
    summary: 'had no quota left ({status})',
  },
  {
    name: 'out of credit',
    source: 'anthropics/claude-code#66314 (400), continuedev/continue#10373 and #12670 (xAI 429, 403)',
    when: ({ status, error, echo }) => is4xx(status) && saysSo('quota', error, echo),
    class: 'quota',
    code: 'insufficient_quota',
    summary: 'had no credit left ({status})',
  },
  {
    name: 'rate limited',
    source: 'RFC 6585, section 4',
    when: ({ status }) => status === 429,
    class: 'rate_limited',
    code: 'upstream_rate_limited',
    summary: 'was rate limited ({status})',
  },
  {
    name: 'model not found',
    source: 'wire cases 157, 200; OpenAI, Ollama, llama-server, vLLM; Groq model_decommissioned',
    when: (reply) => is4xx(reply.status) && means('gone', reply),
    class: 'gone',
    code: 'model_not_found',
    summary: 'did not recognize the model ({status})',
  },
  {
    name: 'anthropic model not found',
    source: 'anthropics/claude-code#5349: the message is `model: NAME`',
    when: ({ error }) => error.type === 'not_found_error' && error.message.startsWith('model:'),
    class: 'gone',
    code: 'model_not_found',
    summary: 'did not recognize the model ({status})',
  },
  {
    name: 'token limit',
    source: 'openclaw/openclaw#147644: Groq answers 413 for a request above the tokens of a minute',
    when: (reply) => reply.status === 413 && means('rate_limit', reply),
    class: 'rate_limited',
    code: 'upstream_rate_limited',
    summary: 'was rate limited ({status})',
  },
  {
    name: 'too large',
    source:
      'tinyhumansai/openhuman#4404: the body limit of a proxy before one server; another may take the request',
    when: ({ status }) => status === 413,
    class: 'too_large',
    code: 'request_too_large',
    summary: 'found the request too large ({status})',
  },
  {
    name: 'timed out',
    source: 'RFC 9110, section 15.5.9; openrouter.ai/docs: "Your request timed out"',
    when: ({ status }) => status === 408,
    class: 'unanswered',
    code: 'upstream_timeout',
    summary: 'timed out ({status})',
  },
  {
    name: 'busy for now',
    source:
      "409, 423 and 425 pass by themselves: OpenAI's and Anthropic's SDKs repeat a 409 (RFC 4918, RFC 8470)",
    when: ({ status }) => status === 409 || status === 423 || status === 425,
    class: 'busy',
    code: 'upstream_busy',
    summary: 'could not take the request at the time ({status})',
  },
  {
    name: 'key rejected',
    source: 'wire case 198',
    when: ({ status }) => status === 401,
    class: 'auth',
    code: 'upstream_auth',
    summary: 'rejected the API key ({status})',
  },
  {
    name: 'access denied',
    source: 'wire case 198',
    when: ({ status }) => status === 403,
    class: 'auth',
    code: 'upstream_auth',
    summary: 'denied access ({status})',
  },
  {
    name: 'key rejected as a bad request',
    source: 'continuedev/continue#10778: xAI and Gemini answer 400, with part of the key in the message',
    when: ({ status, error, echo }) =>
      status === 400 && (error.code === 'invalid_api_key' || saysSo('key_refused', error, echo)),
    class: 'auth',
    code: 'upstream_auth',
    summary: 'rejected the API key ({status})',
  },
  {
    name: "caller's fault of a local engine",
    source:
      'llama-server, e.g. for an image without a multimodal projector; Ollama, e.g. for an option of a wrong type',
    when: ({ status, error }) => status === 500 && saysSo('caller_fault', error),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
    status: 400,
  },
  {
    name: 'signed thinking rejected',
    source: 'wire case 111: platform.claude.com/docs, "Extended thinking"',
    when: ({ status, error }) => is4xx(status) && saysSo('thinking_refused', error),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
    refusedPart: 'signed_thinking',
  },
  {
    name: 'plain thinking rejected',
    source:
      'BerriAI/litellm#30835, mnfst/llm-gateway#1074: Mistral 422 `extra_forbidden` for `reasoning_content`',
    when: ({ status, error }) =>
      is4xx(status) &&
      saysSo('field_refused', error) &&
      THINKING_KEY.test(`${error.param ?? ''} ${error.message}`),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
    refusedPart: 'signed_thinking',
  },
  {
    name: 'page',
    source:
      'nginx, HAProxy and Cloudflare answer 400 and 404 with HTML; Traefik and Go servers `404 page not found`',
    when: ({ isPage }) => isPage,
    class: 'malformed',
    code: 'upstream_malformed',
    summary: 'answered with a page instead of an error of its API ({status}; check its base_url)',
  },
  {
    name: 'no such path',
    source: 'the wordings of `no_path`: an error of the API that is about the address, not about the request',
    when: ({ status, error }) =>
      status === 404 && (isCoded('no_path', error) || (saysSo('no_path', error) && !isVague(error))),
    class: 'malformed',
    code: 'upstream_malformed',
    summary: 'has no such path ({status}; check its base_url)',
  },
  {
    name: 'bad request',
    source: 'every other 4xx',
    when: ({ status }) => is4xx(status),
    class: 'bad_request',
    code: 'upstream_bad_request',
    summary: 'rejected the request ({status})',
  },
  {
    name: 'upstream timeout',
    source: 'time-outs of proxies; 524 is sent by Cloudflare',
    when: ({ status }) => status === 504 || status === 524,
    class: 'unanswered',
    code: 'upstream_timeout',
    summary: 'timed out ({status})',
  },
  {
    name: 'upstream error',
    source: 'every other status',
    when: () => true,
    class: 'unanswered',
    code: 'upstream_error',
    summary: 'failed ({status})',
  },
];
