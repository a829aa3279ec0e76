import { ERRORS, GatewayError } from '../../protocol/errors.ts';
import type { Failure, FailureClass } from '../../protocol/failure.ts';
import { RETRY_AFTER_MAX_S } from '../limits.ts';
import type { RequestContext } from '../request-context.ts';
import { gatewayHeaders } from './headers.ts';

/** `retry-after` where the upstream sent none. */
const RETRY_AFTER_DEFAULT_S = 2;

/** Failures whose upstream reply is passed to a client of the same wire even after other targets were tried. */
const CALLER_CAUSED: readonly FailureClass[] = ['bad_request', 'context_overflow', 'content_policy'];

/**
 * Anthropic's own wordings of a prompt that is too long, on which Claude Code shortens the conversation or the output. In
 * the words of another server with the same wire (vLLM, llama-server) it would not, so those are reworded.
 */
const CLIENTS_READ = /^(?:prompt is too long|input length and `?max_tokens`? exceed)/i;

/**
 * The error of a request whose last attempt failed; `chain` lists every target with its failure. For a client of the
 * same wire it includes the upstream's own reply where that is more useful than the chain: for failures that the caller
 * caused, and when no other target was or may be tried (`alone`; wire case 140). Never for a rejected provider key.
 */
export function failureError(failure: Failure, chain: string, alone = false): GatewayError {
  const error = errorOf(failure, chain);
  const { raw } = failure;
  if (raw === undefined || failure.class === 'auth') return error;
  if (!alone && !CALLER_CAUSED.includes(failure.class)) return error;
  if (failure.class === 'context_overflow' && !CLIENTS_READ.test(failure.words ?? '')) return error;
  return new GatewayError(error.code, error.message, {
    ...error.options,
    ...(raw.status === null ? {} : { status: raw.status }),
    ...(raw.shouldRetry === null ? {} : { shouldRetry: raw.shouldRetry }),
    raw,
  });
}

function errorOf(failure: Failure, chain: string): GatewayError {
  if (failure.class === 'bad_request' && failure.upstream !== null) {
    const { message, type, code, param } = failure.upstream;
    return new GatewayError(failure.code, message, {
      status: failure.status ?? 400,
      upstreamCode: code,
      upstreamType: type,
      ...(param === null ? {} : { param }),
      ...(failure.code === 'loop_detected' ? { shouldRetry: false } : {}),
    });
  }
  const { status } = ERRORS[failure.code];
  if (failure.code === 'insufficient_quota' || status === 502 || status === 504) {
    // A model that may be loaded again after a pause: nothing was sent that a retry could repeat.
    const { class: failureClass, retryAfterMs } = failure;
    const options =
      failureClass === 'not_sent' && retryAfterMs !== null
        ? { retryAfterS: retryAfterSeconds(retryAfterMs) }
        : { shouldRetry: false };
    return new GatewayError(failure.code, chain, options);
  }
  if (failure.class === 'context_overflow') {
    const { overflow } = failure;
    return new GatewayError(failure.code, chain, overflow === undefined ? {} : { overflow });
  }
  if (failure.code === 'model_not_found') return new GatewayError(failure.code, chain, { param: 'model' });
  if (status !== 429 && status !== 503) return new GatewayError(failure.code, chain);
  return new GatewayError(failure.code, chain, {
    retryAfterS: retryAfterSeconds(failure.retryAfterMs),
    ...(failure.isFinal === true ? { shouldRetry: false } : {}),
  });
}

/** `retry-after` in seconds for a pause in milliseconds; null: unknown. */
export function retryAfterSeconds(ms: number | null): number {
  const seconds = ms === null ? RETRY_AFTER_DEFAULT_S : Math.ceil(ms / 1000);
  return Math.min(Math.max(seconds, 1), RETRY_AFTER_MAX_S);
}

/**
 * Sends an error to the client: an envelope with its status, or one event when the head was already sent. A reply that is
 * no stream of events is cut, so that the client does not take the part for the whole.
 */
export function sendError(context: RequestContext, error: GatewayError): void {
  const { id, reply, surface } = context.incoming;
  const { raw } = error.options;
  context.trace.failed(error);
  if (reply.disconnected) return;
  if (reply.headSent) {
    if (context.errorsAsEvents) reply.end(surface.errorEvent(error, id));
    else reply.destroy();
    return;
  }
  const body = raw?.body ?? surface.errorBody(error, id);
  context.trace.statusSent(error.status);
  const headers = [
    ...gatewayHeaders(context, true),
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
  ];
  headers.push(...errorHeaders(error), ...(raw?.headers ?? []));
  reply.head(error.status, headers);
  reply.end(body);
}

/** The headers of an error; flat: name, value, name, value. */
export function errorHeaders(error: GatewayError): string[] {
  const { retryAfterS, shouldRetry, allow } = error.options;
  const headers: string[] = [];
  if (retryAfterS !== undefined) headers.push('retry-after', String(retryAfterS));
  if (shouldRetry !== undefined) headers.push('x-should-retry', String(shouldRetry));
  if (allow !== undefined) headers.push('allow', allow);
  return headers;
}
