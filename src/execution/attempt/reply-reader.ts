import type { AttemptContext, AttemptEnd } from './attempt-context.ts';
import type { Failure } from '../../protocol/failure.ts';
import type { UpstreamCall, UpstreamHandler, UpstreamRequest } from '../../providers/provider.ts';
import type { DisconnectListener } from '../respond/client-reply.ts';
import { Deadline, type DeadlineKind, type DeadlineListener } from './deadline.ts';
import { deadlineFailure, passThroughError } from './failures.ts';
import { passedHeaders, rawHeader, type RawHeaders, type UpstreamHeaders } from '../respond/headers.ts';
import type { RunningAttempt } from '../request-context.ts';

/** Bytes of a failing reply's body that are read for its wording. */
const ERROR_BODY_MAX = 64 * 1024;

/** How long an upstream may take to close its body after it has said everything. */
const CLOSE_GRACE_MS = 1_000;

/** The dialler has the same deadline and knows better what hung: the name, the connection or TLS. */
const DIAL_GRACE_MS = 250;

/**
 * Reads one upstream reply to its end: the parts that whole replies and streams share. Settles exactly once,
 * whatever the upstream, the client and the timers do in which order.
 */
export abstract class ReplyReader
  implements UpstreamHandler, DisconnectListener, DeadlineListener, RunningAttempt
{
  protected readonly context: AttemptContext;
  protected readonly deadline: Deadline;
  protected status = 0;
  protected headers: RawHeaders = [];
  protected settled = false;
  #sent = false;
  #call: UpstreamCall | null = null;
  #errorBody: Buffer[] | null = null;
  #errorBytes = 0;
  /** The upstream has ended its body. */
  #ended = false;
  #closeTimer: NodeJS.Timeout | undefined;
  readonly #settle: (end: AttemptEnd) => void;
  readonly #reject: (error: unknown) => void;

  /** `settle` or `reject` is called once: the latter for a mistake of ours, which ends the request with 500. */
  constructor(context: AttemptContext, settle: (end: AttemptEnd) => void, reject: (error: unknown) => void) {
    this.context = context;
    this.#settle = settle;
    this.#reject = reject;
    this.deadline = new Deadline(context.watch, context.totalAt, this);
  }

  /** Sends the request and listens. */
  start(request: UpstreamRequest): void {
    const { job, provider, deadlines } = this.context;
    job.incoming.reply.onDisconnect(this);
    job.attempt = this;
    this.deadline.allow('connect', deadlines.connectMs + DIAL_GRACE_MS);
    this.#call = provider.send(request, this);
    if (this.settled) this.#call.abort();
  }

  onSent(): void {
    this.#sent = true;
    if (!this.settled) this.sent();
  }

  onHeaders(status: number, headers: RawHeaders): void {
    if (this.settled) return;
    this.status = status;
    this.headers = headers;
    this.context.trace.status = status;
    this.context.trace.firstByteMs = this.context.job.since(this.context.clock.now());
    if (status < 200 || status > 299 || !this.accepts()) this.#errorBody = [];
  }

  onData(chunk: Buffer): void {
    if (this.settled) return;
    if (this.#errorBody === null) this.#received(chunk);
    else if (this.#errorBytes < ERROR_BODY_MAX) {
      this.#errorBody.push(chunk);
      this.#errorBytes += chunk.length;
      if (this.#errorBytes >= ERROR_BODY_MAX) this.onEnd();
    }
  }

  onEnd(): void {
    this.#ended = true;
    clearTimeout(this.#closeTimer);
    if (this.settled) return;
    if (this.#errorBody === null) {
      this.#completed();
      return;
    }
    const body = Buffer.concat(this.#errorBody).subarray(0, ERROR_BODY_MAX);
    this.fail(this.refused(body));
  }

  onError(error: Error): void {
    this.#ended = true;
    clearTimeout(this.#closeTimer);
    if (this.settled) return;
    if (this.whole) this.#completed();
    else this.fail(this.context.provider.classifyTransport(error, this.#sent));
  }

  clientDisconnected(): void {
    this.settle({ kind: 'client_gone' });
  }

  cut(failure: Failure): void {
    this.fail(failure);
  }

  expired(kind: DeadlineKind): void {
    if (kind === 'client_stalled') {
      // A client that has not read for a minute is cut off (reliability F21).
      this.context.job.incoming.reply.destroy();
      this.settle({ kind: 'client_gone' });
    } else if (kind === 'idle' && this.whole) {
      this.#completed();
    } else {
      this.fail(deadlineFailure(kind, this.context));
    }
  }

  /** The request is on its way. */
  protected abstract sent(): void;
  /** Is a 2xx with these headers the kind of reply that was asked for? */
  protected abstract accepts(): boolean;
  protected abstract received(chunk: Buffer): void;
  /** The upstream ended its body in good order. */
  protected abstract completed(): void;
  /** A stream whose finish reason has come is whole without its end mark and its orderly close (wire case 4). */
  protected abstract get whole(): boolean;
  /** After the commit a failure has another meaning. */
  protected abstract get committed(): boolean;

  /** The reply's headers, as the commit passes them on. */
  protected upstreamHeaders(): UpstreamHeaders {
    return { raw: this.headers, scrub: this.context.provider.scrub };
  }

  /** What a reply that is no answer means. */
  protected refused(body: Buffer): Failure {
    const header = (name: string): string | null => rawHeader(this.headers, name);
    const failure = this.context.provider.classifyReply({ status: this.status, header, body });
    const own = body.length < ERROR_BODY_MAX ? passThroughError(body, this.context) : null;
    if (own === null) return failure;
    const said = header('x-should-retry');
    const shouldRetry = said === 'true' || said === 'false' ? said === 'true' : null;
    const headers = passedHeaders(this.upstreamHeaders());
    return { ...failure, raw: { status: this.status, body: own, headers, shouldRetry } };
  }

  protected fail(failure: Failure): void {
    const told = this.#explained(failure);
    this.settle(this.committed ? { kind: 'broken', failure: told } : { kind: 'failed', failure: told });
  }

  /** A compressed reply is none that can be read: plain bytes were asked for (wire case 11). */
  #explained(failure: Failure): Failure {
    if (failure.code !== 'upstream_malformed') return failure;
    const encoding = rawHeader(this.headers, 'content-encoding')?.trim() ?? '';
    if (encoding === '' || encoding.toLowerCase() === 'identity') return failure;
    return {
      ...failure,
      summary: `compressed its reply (${encoding.slice(0, 20)}), though plain bytes were asked for`,
    };
  }

  protected pause(): void {
    this.#call?.pause();
  }

  protected resume(): void {
    this.#call?.resume();
  }

  /** Ends the attempt; the upstream is closed unless it has said everything. */
  protected settle(end: AttemptEnd): void {
    if (this.settled) return;
    this.settled = true;
    this.deadline.clear();
    this.context.job.attempt = null;
    if (end.kind !== 'answered') this.#call?.abort();
    else if (!this.#ended) this.#letClose();
    this.#settle(end);
  }

  #received(chunk: Buffer): void {
    try {
      this.received(chunk);
    } catch (error) {
      this.#crash(error);
    }
  }

  #completed(): void {
    try {
      this.completed();
    } catch (error) {
      this.#crash(error);
    }
  }

  /** Thrown on into the connector it would leave the request hanging until its last deadline. */
  #crash(error: unknown): void {
    if (this.settled) throw error;
    this.settled = true;
    this.deadline.clear();
    this.context.job.attempt = null;
    this.#call?.abort();
    this.#reject(error);
  }

  /** The connection goes back to the pool when the upstream closes its body; one that never does is closed. */
  #letClose(): void {
    this.#closeTimer = setTimeout(() => {
      this.#call?.abort();
    }, CLOSE_GRACE_MS).unref();
  }
}
