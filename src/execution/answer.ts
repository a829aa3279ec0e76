import { GatewayError } from '../protocol/errors.ts';
import type { Failure } from '../protocol/failure.ts';
import { ownHeaders } from './headers.ts';
import type { Job } from './job.ts';

/** What a client is told to wait is never longer than this: its SDK ignores more (wire-formats section 2.4). */
const RETRY_AFTER_MAX_S = 60;

/** `retry-after` where the upstream named none. */
const RETRY_AFTER_DEFAULT_S = 2;

/** The error of a request whose last attempt failed; `chain` tells every target and its fate. */
export function failureError(failure: Failure, chain: string): GatewayError {
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
  const status = new GatewayError(failure.code, '').status;
  if (failure.code === 'insufficient_quota' || status === 502 || status === 504) {
    return new GatewayError(failure.code, chain, { shouldRetry: false });
  }
  if (failure.code === 'model_not_found') return new GatewayError(failure.code, chain, { param: 'model' });
  if (status !== 429 && status !== 503) return new GatewayError(failure.code, chain);
  const asked =
    failure.retryAfterMs === null ? RETRY_AFTER_DEFAULT_S : Math.ceil(failure.retryAfterMs / 1000);
  return new GatewayError(failure.code, chain, {
    retryAfterS: Math.min(Math.max(asked, 1), RETRY_AFTER_MAX_S),
  });
}

/** Tells the client of an error: an envelope with its status, or one event when the head is out already. */
export function answerError(job: Job, error: GatewayError): void {
  const { reply, wire } = job.arrival;
  job.pings?.stop();
  job.error = wire.errorBody(error).toString();
  if (reply.gone) return;
  if (reply.headSent) {
    reply.end(wire.errorEvent(error));
    return;
  }
  const body = wire.errorBody(error);
  job.status = error.status;
  const headers = [
    ...ownHeaders(job, true),
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
  ];
  headers.push(...errorHeaders(error));
  reply.head(error.status, headers);
  reply.end(body);
}

/** Headers that an error brings with it; flat. */
export function errorHeaders(error: GatewayError): string[] {
  const { retryAfterS, shouldRetry, allow } = error.options;
  const headers: string[] = [];
  if (retryAfterS !== undefined) headers.push('retry-after', String(retryAfterS));
  if (shouldRetry !== undefined) headers.push('x-should-retry', String(shouldRetry));
  if (allow !== undefined) headers.push('allow', allow);
  return headers;
}
