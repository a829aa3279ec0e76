import { GatewayError } from '../../protocol/errors.ts';
import type { Failure, FailureClass } from '../../protocol/failure.ts';
import { ownHeaders } from './headers.ts';
import type { Job } from '../request-context.ts';

/** What a client is told to wait is never longer than this: its SDK ignores more (wire-formats section 2.4). */
const RETRY_AFTER_MAX_S = 60;

/** `retry-after` where the upstream named none. */
const RETRY_AFTER_DEFAULT_S = 2;

/** Failures whose own words reach a client of the same wire even when other targets were tried before. */
const CALLERS_FAULTS: readonly FailureClass[] = ['bad_request', 'context_overflow', 'content_policy'];

/**
 * The error of a request whose last attempt failed; `chain` tells every target and its fate. The upstream's own reply
 * goes with it, for a client of its wire, where it says more than the chain: for the caller's own faults, and where no
 * other target was tried or none may be any more (`alone`; wire case 140). Never for a refused key, which is ours.
 */
export function failureError(failure: Failure, chain: string, alone = false): GatewayError {
  const error = toldError(failure, chain);
  const { raw } = failure;
  if (raw === undefined || failure.class === 'auth') return error;
  if (!alone && !CALLERS_FAULTS.includes(failure.class)) return error;
  return new GatewayError(error.code, error.message, {
    ...error.options,
    ...(raw.status === null ? {} : { status: raw.status }),
    ...(raw.shouldRetry === null ? {} : { shouldRetry: raw.shouldRetry }),
    raw,
  });
}

function toldError(failure: Failure, chain: string): GatewayError {
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
  const { id, reply, surface } = job.incoming;
  const { raw } = error.options;
  job.heartbeat?.stop();
  job.error = JSON.stringify({ error: error.body });
  if (reply.disconnected) return;
  if (reply.headSent) {
    reply.end(surface.errorEvent(error, id));
    return;
  }
  const body = raw?.body ?? surface.errorBody(error, id);
  job.status = error.status;
  const headers = [
    ...ownHeaders(job, true),
    'content-type',
    'application/json',
    'content-length',
    String(body.length),
  ];
  headers.push(...errorHeaders(error), ...(raw?.headers ?? []));
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
