import type { Failure } from '../../protocol/failure.ts';
import { WireFault } from '../../wire/fault.ts';
import type { DeadlineKind } from './deadline.ts';
import type { AttemptContext } from './attempt-context.ts';

/** The fault of a stream in which no event ever came. */
export const NO_EVENTS = new WireFault('malformed', 'a stream without events');

/** What it means that a timer of an attempt ran out (API section 2, "by failure class"). */
export function deadlineFailure(
  kind: Exclude<DeadlineKind, 'client_stalled'>,
  context: AttemptContext,
): Failure {
  const none = { status: null, retryAfterMs: null, upstream: null };
  const { deadlines } = context;
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

/** What it means that a 200 was no answer in its wire. */
export function faultFailure(fault: WireFault, context: AttemptContext): Failure {
  if (fault.kind === 'error_event') {
    const body = fault.raw ?? Buffer.alloc(0);
    const failure = context.provider.classifyReply({ status: 200, header: () => null, body });
    const own = passThroughError(body, context);
    if (own === null) return failure;
    return { ...failure, raw: { status: null, body: own, headers: [], shouldRetry: null } };
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
 * The error body of an upstream as a client of its wire may get it, without anything secret (wire case 140); null where
 * the wires differ, or where it is none of that wire.
 */
export function passThroughError(body: Buffer, { job, exchange, provider }: AttemptContext): Buffer | null {
  if (!exchange.isSameWire || !job.incoming.surface.passesError(body)) return null;
  const text = body.toString('utf8');
  const scrubbed = provider.scrub(text);
  return scrubbed === text ? body : Buffer.from(scrubbed);
}

/** A whole reply over its limit. */
export function tooLargeFailure(context: AttemptContext): Failure {
  return faultFailure(new WireFault('too_large', 'more than 64 MiB'), context);
}

/** Another model answered in the target's name (a single-model llama-server answers to any; DESIGN section 5). */
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

/** Milliseconds as people read them. */
function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
