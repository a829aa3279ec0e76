import type { Failure } from '../../protocol/failure.ts';
import { WireFault } from '../../wire/fault.ts';
import type { Exchange } from '../../wire/exchange.ts';
import type { Deadlines } from '../../routing/snapshot.ts';
import type { Attempt } from './attempt-context.ts';
import type { DeadlineKind } from './deadlines.ts';

/** The reply that a failure was found in. */
export interface FailedExchange {
  readonly attempt: Attempt;
  readonly exchange: Exchange;
}

/** The fault of a stream without a single event. */
export const NO_EVENTS = new WireFault('malformed', 'a stream without events');

/** The failure of an attempt whose deadline of this kind expired. */
export function deadlineFailure(
  kind: Exclude<DeadlineKind, 'client_stalled'>,
  deadlines: Deadlines,
): Failure {
  const none = { status: null, retryAfterMs: null, upstream: null };
  switch (kind) {
    case 'connect':
      return {
        ...none,
        class: 'not_sent',
        code: 'upstream_connect_timeout',
        summary: `did not accept a connection within ${seconds(deadlines.connectMs)}`,
      };
    case 'first_token':
      return {
        ...none,
        class: 'unanswered',
        code: 'upstream_timeout',
        summary: `sent nothing within ${seconds(deadlines.firstTokenMs)}`,
      };
    case 'idle':
      return {
        ...none,
        class: 'unanswered',
        code: 'upstream_timeout',
        summary: `fell silent for ${seconds(deadlines.idleMs)}`,
      };
    case 'total':
      return {
        ...none,
        class: 'unanswered',
        code: 'deadline_exceeded',
        summary: `had not finished when the ${seconds(deadlines.totalMs)} for the whole request were over`,
      };
  }
}

/** The failure of a 200 whose body is not a valid reply in its wire. */
export function faultFailure(fault: WireFault, reply: FailedExchange): Failure {
  if (fault.kind === 'error_event') {
    const body = fault.raw ?? Buffer.alloc(0);
    const failure = reply.attempt.provider.classifyReply({ status: 200, header: () => null, body });
    const passed = passThroughError(body, reply);
    if (passed === null) return failure;
    return { ...failure, raw: { status: null, body: passed, headers: [], shouldRetry: null } };
  }
  if (fault.kind === 'ignored') {
    return {
      class: 'bad_request',
      code: 'unsupported_parameter',
      status: 200,
      summary: `ignored a parameter (${fault.message})`,
      retryAfterMs: null,
      upstream: null,
    };
  }
  const cut = fault.kind === 'cut';
  return {
    class: cut ? 'unanswered' : 'malformed',
    code: cut
      ? 'upstream_disconnected'
      : fault.kind === 'too_large'
        ? 'upstream_too_large'
        : 'upstream_malformed',
    status: 200,
    summary: cut ? fault.message : `sent what is not a reply (${fault.message})`,
    retryAfterMs: null,
    upstream: null,
  };
}

/**
 * The error body of an upstream for a client of the same wire, with secrets removed (wire case 140); null where the
 * wires differ, or where it is not an error of that wire.
 */
export function passThroughError(body: Buffer, { attempt, exchange }: FailedExchange): Buffer | null {
  if (!exchange.isSameWire || !attempt.context.incoming.surface.passesError(body)) return null;
  const text = body.toString('utf8');
  const scrubbed = attempt.provider.scrub(text);
  return scrubbed === text ? body : Buffer.from(scrubbed);
}

/** The failure of a whole reply over its size limit. */
export function tooLargeFailure(reply: FailedExchange): Failure {
  return faultFailure(new WireFault('too_large', 'more than 64 MiB'), reply);
}

/** The failure of a reply by another model: a single-model llama-server answers to any name. */
export function wrongModelFailure(answered: string): Failure {
  return {
    class: 'gone',
    code: 'model_not_found',
    status: 200,
    summary: `answered as another model (${answered.slice(0, 100)})`,
    retryAfterMs: null,
    upstream: null,
  };
}

/** Milliseconds for a message. */
function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
