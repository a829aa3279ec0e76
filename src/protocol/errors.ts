import type { OverflowSizes, RawError } from './upstream-error.ts';

/** Who caused an error: the `type` in the reply; also decides whether the error is logged. */
export type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'rate_limit_error'
  | 'api_error'
  | 'upstream_error';

interface ErrorSpec {
  readonly status: number;
  readonly type: ErrorType;
}

const caller = (status: number): ErrorSpec => ({ status, type: 'invalid_request_error' });
const upstream = (status: number): ErrorSpec => ({ status, type: 'upstream_error' });
const internal = (status: number): ErrorSpec => ({ status, type: 'api_error' });

/** The catalogue of all error codes that Laneway itself can answer with. */
export const ERRORS = {
  invalid_json: caller(400),
  invalid_body: caller(400),
  context_length_exceeded: caller(400),
  content_filter: caller(400),
  unsupported_parameter: caller(400),
  upstream_bad_request: caller(400),
  invalid_api_key: { status: 401, type: 'authentication_error' },
  host_not_allowed: { status: 403, type: 'permission_error' },
  origin_not_allowed: { status: 403, type: 'permission_error' },
  model_not_found: caller(404),
  node_not_found: caller(404),
  lane_not_found: caller(404),
  provider_not_found: caller(404),
  profile_not_found: caller(404),
  secret_not_found: caller(404),
  request_not_found: caller(404),
  route_not_found: caller(404),
  method_not_allowed: caller(405),
  request_timeout: caller(408),
  unfit_target: caller(409),
  preflight_failed: caller(409),
  in_use: caller(409),
  switch_in_progress: caller(409),
  exists: caller(409),
  runtime_switching_off: caller(409),
  generation_mismatch: caller(412),
  request_too_large: caller(413),
  unsupported_media_type: caller(415),
  headers_too_large: caller(431),
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error' },
  upstream_rate_limited: { status: 429, type: 'rate_limit_error' },
  insufficient_quota: { status: 429, type: 'rate_limit_error' },
  internal_error: internal(500),
  upstream_dns: upstream(502),
  upstream_connect: upstream(502),
  upstream_tls: upstream(502),
  upstream_auth: upstream(502),
  upstream_malformed: upstream(502),
  upstream_too_large: upstream(502),
  upstream_redirect: upstream(502),
  upstream_disconnected: upstream(502),
  upstream_error: upstream(502),
  no_target: internal(503),
  model_loading: upstream(503),
  upstream_busy: upstream(503),
  upstream_out_of_memory: upstream(503),
  queue_full: internal(503),
  queue_timeout: internal(503),
  overloaded: internal(503),
  draining: internal(503),
  store_unavailable: internal(503),
  upstream_connect_timeout: upstream(504),
  upstream_timeout: upstream(504),
  deadline_exceeded: upstream(504),
  loop_detected: internal(508),
} as const satisfies Readonly<Record<string, ErrorSpec>>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERRORS;

/** Optional properties of an error. */
export interface ErrorOptions {
  /** The field at fault, as a path: `messages`, `nodes.evaluate.model`. */
  readonly param?: string;
  /** Additional data for Laneway's own API, as `error.detail`. */
  readonly detail?: unknown;
  /** `error.details` of Anthropic's envelope, from which its SDK learns what it can omit. */
  readonly messagesDetails?: Readonly<Record<string, unknown>>;
  /** The sizes of a prompt that is too long, as far as they are known, for the clients that read them in the message. */
  readonly overflow?: OverflowSizes;
  /** `retry-after` in whole seconds. */
  readonly retryAfterS?: number;
  /** `x-should-retry`, which the OpenAI and Anthropic SDKs honour. */
  readonly shouldRetry?: boolean;
  /** The upstream's own status, code and type, if they are passed to the client (`bad_request`). */
  readonly status?: number;
  readonly upstreamCode?: string | null;
  readonly upstreamType?: string | null;
  /** The `allow` header of a 405. */
  readonly allow?: string;
  /** An upstream's own error reply, sent instead of Laneway's (wire case 140). */
  readonly raw?: RawError;
}

/** The only error whose message reaches a client; any other becomes a 500 with just a request id. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly code: ErrorCode;
  readonly options: ErrorOptions;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message);
    this.code = code;
    this.options = options;
  }

  /** The HTTP status to answer with. */
  get status(): number {
    return this.options.status ?? ERRORS[this.code].status;
  }

  /** The public body in the OpenAI envelope, before it is serialised. */
  get body(): ErrorBody {
    const { param, detail, upstreamCode, upstreamType } = this.options;
    return {
      message: this.message,
      type: upstreamType ?? ERRORS[this.code].type,
      param: param ?? null,
      code: upstreamCode ?? this.code,
      ...(detail === undefined ? {} : { detail }),
    };
  }
}

/** `error` of the OpenAI envelope: `message`, `type`, `param` and `code` are always present. */
export interface ErrorBody {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  readonly detail?: unknown;
}
