import { failureOf, type Failure } from '../../protocol/failure.ts';
import type { Exchange } from '../../wire/exchange.ts';
import { WireFault } from '../../wire/fault.ts';
import { refusedFields } from '../../wire/refused-fields.ts';
import { REPLY_MAX_BYTES } from '../limits.ts';
import { FIRST_TOKEN_LENGTHS } from '../timeouts.ts';
import type { Attempt } from './attempt-context.ts';
import type { DeadlineKind } from './deadlines.ts';

/** The reply in which a failure was found. */
export interface FailedReply {
  readonly attempt: Attempt;
  readonly exchange: Exchange;
  readonly status: number;
}

/** Fields of a client whose names occur in errors about anything else, or about what Laneway made of them. */
const CONTENT: ReadonlySet<string> = new Set([
  ...['model', 'messages', 'system', 'prompt', 'input', 'tools', 'stream', 'metadata', 'thinking'],
  ...['stream_options', 'max_tokens', 'max_completion_tokens'],
]);

/** Of a stream without a single event, which an engine leaves behind that has ended. */
const NO_EVENTS = 'ended the connection before the first event of its stream';

/** The failure of an attempt whose deadline of this kind expired. */
export function deadlineFailure(
  kind: Exclude<DeadlineKind, 'client_stalled' | 'error_body'>,
  { deadlines, totalMs }: Pick<Attempt, 'deadlines' | 'totalMs'>,
): Failure {
  switch (kind) {
    case 'connect': {
      const summary = `did not accept a connection within ${seconds(deadlines.connectMs)}`;
      return failureOf('not_sent', 'upstream_connect_timeout', summary);
    }
    case 'first_token':
      return failureOf(
        'unanswered',
        'upstream_timeout',
        `sent no content within ${seconds(deadlines.firstTokenMs)}`,
      );
    case 'no_content': {
      const all = seconds(FIRST_TOKEN_LENGTHS * deadlines.firstTokenMs);
      return failureOf('unanswered', 'upstream_timeout', `sent signs of life, but no content within ${all}`);
    }
    case 'idle':
      return failureOf('unanswered', 'upstream_timeout', `sent nothing for ${seconds(deadlines.idleMs)}`);
    case 'total': {
      const summary = `had not finished when the total deadline of ${seconds(totalMs)} expired`;
      return failureOf('unanswered', 'deadline_exceeded', summary);
    }
  }
}

/** The failure of a silent stream whose server refuses connections: it has exited without closing the stream. */
export function vanishedFailure(): Failure {
  return failureOf('unanswered', 'upstream_disconnected', 'fell silent, and its server refuses connections');
}

/**
 * The failure of an attempt that was not sent, because the model list of the server could not be read. The class of the
 * probe's failure is about the list: a 404 there says nothing about the client's request.
 */
export function listFailure(probe: Failure): Failure {
  const { class: failureClass, status, retryAfterMs } = probe;
  if (failureClass === 'not_sent' || failureClass === 'loading' || failureClass === 'auth') return probe;
  const summary = `did not list its models (${probe.summary})`;
  return { ...failureOf('not_sent', 'upstream_error', summary, status), retryAfterMs };
}

/** The failure of a 2xx whose body is not a valid reply in its wire. */
export function faultFailure(fault: WireFault, reply: FailedReply): Failure {
  const { status } = reply;
  switch (fault.kind) {
    case 'error_event':
      return reportedFailure(fault.raw ?? Buffer.alloc(0), reply);
    case 'ignored':
      return failureOf(
        'bad_request',
        'unsupported_parameter',
        `ignored a parameter (${fault.message})`,
        status,
      );
    case 'cut':
      return failureOf('unanswered', 'upstream_disconnected', fault.message, status);
    case 'too_large':
      return failureOf('malformed', 'upstream_too_large', `sent an invalid reply (${fault.message})`, status);
    case 'malformed':
      return failureOf('malformed', 'upstream_malformed', `sent an invalid reply (${fault.message})`, status);
  }
}

/** As `faultFailure`, for a stream; `started`: an event has arrived. Before that nothing was answered that could be lost. */
export function streamFailure(fault: WireFault, started: boolean, reply: FailedReply): Failure {
  if (fault.kind !== 'cut' || started) return faultFailure(fault, reply);
  return failureOf('malformed', 'upstream_malformed', NO_EVENTS, reply.status);
}

/** The failure that an upstream reports in the body of a 2xx. */
function reportedFailure(body: Buffer, reply: FailedReply): Failure {
  const { status, exchange, attempt } = reply;
  const classified = attempt.provider.classifyReply({
    status,
    header: () => null,
    body,
    request: exchange.body,
  });
  const failure = withRefusedFields(classified, body, reply);
  const passed = passThroughError(body, reply);
  if (passed === null) return failure;
  return { ...failure, raw: { status: null, body: passed, headers: [], shouldRetry: null } };
}

/** The failure with the fields that Laneway can take back, where the upstream's error body names some. */
export function withRefusedFields(failure: Failure, body: Buffer, reply: FailedReply): Failure {
  const { class: failureClass, status } = failure;
  if (failureClass !== 'bad_request' || (status !== 400 && status !== 422)) return failure;
  const names = refusedFields(body, reply.exchange.added ?? []);
  if (names.length === 0) return failure;
  const sent = reply.attempt.context.body.scanned?.fields ?? [];
  const parameters = sent.filter(({ name }) => !CONTENT.has(name) && !names.includes(name));
  return { ...failure, refusedFields: { names, isConditional: refusedFields(body, parameters).length > 0 } };
}

/**
 * The error body of an upstream for a client of the same wire, with secrets removed (wire case 140); null where the
 * wires differ, or where it is not an error of that wire.
 */
export function passThroughError(body: Buffer, { attempt, exchange }: FailedReply): Buffer | null {
  if (!exchange.isSameWire || !attempt.context.incoming.surface.passesError(body)) return null;
  const text = body.toString('utf8');
  const scrubbed = attempt.provider.scrubJson(text);
  return scrubbed === text ? body : Buffer.from(scrubbed);
}

/** The failure of a whole reply over its size limit. */
export function tooLargeFailure(reply: FailedReply): Failure {
  const mebibytes = REPLY_MAX_BYTES / 1024 / 1024;
  return faultFailure(new WireFault('too_large', `more than ${mebibytes} MiB`), reply);
}

/** The failure of a reply by another model: a single-model llama-server answers to any name. */
export function wrongModelFailure(answered: string, status: number): Failure {
  return failureOf(
    'gone',
    'model_not_found',
    `answered as a different model (${answered.slice(0, 100)})`,
    status,
  );
}

/** Milliseconds for a message. */
function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}

/** The failure of an attempt whose model an operator has unloaded by force, or whose engine had to end. */
export function unloadedFailure(): Failure {
  return failureOf(
    'loading',
    'model_loading',
    'was cut: its model was unloaded by force, or its engine had to end',
  );
}
