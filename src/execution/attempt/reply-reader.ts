import { failureOf, type Failure } from '../../protocol/failure.ts';
import type { Provider, UpstreamCall, UpstreamHandler, UpstreamRequest } from '../../providers/provider.ts';
import type { Exchange } from '../../wire/exchange.ts';
import { ERROR_BODY_MAX_BYTES } from '../limits.ts';
import type { Relay, UpstreamReply } from '../relay/relay.ts';
import type { RunningAttempt } from '../request-context.ts';
import type { DisconnectListener } from '../respond/client-connection.ts';
import { CLOSE_GRACE_MS, DIAL_GRACE_MS, ERROR_BODY_MS } from '../timeouts.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';
import { contentEncoding, ContentDecoder, type DecodedContent } from './content-decoder.ts';
import { Deadline, type DeadlineKind, type DeadlineListener } from './deadlines.ts';
import {
  deadlineFailure,
  passThroughError,
  unloadedFailure,
  vanishedFailure,
  withRefusedFields,
} from './failures.ts';
import { shutdownFailure } from './shutdown.ts';
import type { SilentStream } from './silence-probes.ts';
import { passedHeaders, rawHeader, type RawHeaders, type UpstreamHeaders } from './upstream-headers.ts';

/**
 * Reads one upstream reply to its end and hands a successful one to a relay. Settles exactly once, in whatever order
 * upstream, client and timers act.
 */
export class ReplyReader
  implements
    UpstreamReply,
    UpstreamHandler,
    DisconnectListener,
    DeadlineListener,
    SilentStream,
    RunningAttempt,
    DecodedContent
{
  readonly attempt: Attempt;
  readonly exchange: Exchange;
  readonly deadline: Deadline;
  status = 0;
  headers: RawHeaders = [];
  isSettled = false;
  readonly #relay: Relay;
  #call: UpstreamCall | null = null;
  #sent = false;
  #errorBody: Buffer[] | null = null;
  #errorBytes = 0;
  /** The upstream has ended its body. */
  #ended = false;
  #closeTimer: NodeJS.Timeout | undefined;
  /** null: the body is not compressed. */
  #decoder: ContentDecoder | null = null;
  /** The error that cut a compressed body. */
  #cut: Error | null = null;
  readonly #settle: (end: AttemptEnd) => void;
  readonly #reject: (error: unknown) => void;

  /**
   * `relayOf` creates the relay for a successful reply. Calls `settle` or `reject` once; `reject` for an internal error,
   * which ends the request with 500.
   */
  constructor(
    attempt: Attempt,
    exchange: Exchange,
    relayOf: (reply: UpstreamReply) => Relay,
    settle: (end: AttemptEnd) => void,
    reject: (error: unknown) => void,
  ) {
    this.attempt = attempt;
    this.exchange = exchange;
    this.#settle = settle;
    this.#reject = reject;
    this.#relay = relayOf(this);
    this.deadline = new Deadline(attempt.ports.watch, attempt.totalAt, this);
  }

  /** Sends the request and listens. */
  start(request: UpstreamRequest): void {
    const { context } = this.attempt;
    context.incoming.reply.onDisconnect(this);
    context.attemptStarted(this);
    if (!this.isSettled) this.#send(request);
  }

  onSent(): void {
    this.#sent = true;
    if (!this.isSettled) this.#relay.sent();
  }

  onHeaders(status: number, headers: RawHeaders): void {
    if (this.isSettled) return;
    const { context, trace, ports } = this.attempt;
    this.status = status;
    this.headers = headers;
    trace.replied(status, context.trace.since(ports.clock.now()));
    const encoding = contentEncoding(headers);
    if (encoding !== null && this.#call !== null)
      this.#decoder = new ContentDecoder(encoding, this, this.#call);
    try {
      if (!this.#isSuccess || !this.#relay.begin()) this.#expectError();
    } catch (error) {
      this.#crash(error);
    }
  }

  onData(chunk: Buffer): void {
    if (this.#decoder === null) this.decoded(chunk);
    else if (!this.isSettled) this.#decoder.write(chunk);
  }

  decoded(chunk: Buffer): void {
    if (this.isSettled) return;
    try {
      if (this.#errorBody === null) this.#relay.received(chunk);
      else this.#readError(this.#errorBody, chunk);
    } catch (error) {
      this.#crash(error);
    }
  }

  onEnd(): void {
    this.#ended = true;
    clearTimeout(this.#closeTimer);
    if (this.isSettled) return;
    if (this.#decoder === null) this.#complete();
    else this.#decoder.end();
  }

  onError(error: Error): void {
    this.#ended = true;
    clearTimeout(this.#closeTimer);
    if (this.isSettled) return;
    this.#cut = error;
    if (this.#decoder === null) this.decodedAll();
    else this.#decoder.end();
  }

  decodedAll(): void {
    if (this.isSettled) return;
    if (this.#cut === null || this.#relay.isFinished || this.#errorBody !== null) this.#complete();
    else this.fail(this.attempt.provider.classifyTransport(this.#cut, this.#sent, this.status !== 0));
  }

  undecodable(summary: string): void {
    if (this.isSettled) return;
    // The status of an error says enough without its body.
    if (this.#relay.isFinished || this.#errorBody !== null) this.#complete();
    else this.fail(failureOf('malformed', 'upstream_malformed', summary, this.status));
  }

  clientDisconnected(): void {
    this.settle({ kind: 'client_gone' });
  }

  abort(): void {
    this.fail(shutdownFailure(this.#sent));
  }

  cut(): void {
    this.fail(unloadedFailure());
  }

  expired(kind: DeadlineKind): void {
    if (kind === 'client_stalled') {
      this.attempt.context.incoming.reply.destroy();
      this.settle({ kind: 'client_gone' });
    } else if (kind === 'error_body' || this.#relay.isFinished) {
      this.#complete();
    } else {
      this.fail(deadlineFailure(kind, this.attempt));
    }
  }

  silent(): void {
    // Only the end mark is missing, or the end of the body (wire case 4).
    if (this.#relay.isFinished) this.#complete();
    else if (this.provider.local) this.attempt.ports.watch.probes.probe(this);
  }

  get provider(): Provider {
    return this.attempt.provider;
  }

  get lastActivityAt(): number {
    return this.deadline.lastActivityAt;
  }

  serverVanished(): void {
    this.fail(vanishedFailure());
  }

  upstreamHeaders(): UpstreamHeaders {
    return { raw: this.headers, scrub: this.attempt.provider.scrub };
  }

  pause(): void {
    this.#call?.pause();
    this.#decoder?.pause();
  }

  resume(): void {
    this.#decoder?.resume();
    if (this.#decoder?.isFull !== true) this.#call?.resume();
  }

  fail(failure: Failure): void {
    this.settle({ kind: this.#relay.isCommitted ? 'broken' : 'failed', failure });
  }

  settle(end: AttemptEnd): void {
    if (this.isSettled) return;
    this.#stop();
    if (end.kind !== 'answered') this.#call?.abort();
    else if (!this.#ended) this.#awaitClose();
    this.#settle(end);
  }

  get #isSuccess(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  #send(request: UpstreamRequest): void {
    const { provider, deadlines } = this.attempt;
    this.deadline.allow('connect', deadlines.connectMs + DIAL_GRACE_MS);
    this.#call = provider.send(request, this);
    if (this.isSettled) this.#call.abort();
  }

  #expectError(): void {
    this.#errorBody = [];
    if (!this.isSettled) this.deadline.allow('error_body', ERROR_BODY_MS);
  }

  #readError(chunks: Buffer[], chunk: Buffer): void {
    chunks.push(chunk);
    this.#errorBytes += chunk.length;
    if (this.#errorBytes >= ERROR_BODY_MAX_BYTES) this.#complete();
  }

  /** The reply is complete, or as complete as it gets. */
  #complete(): void {
    try {
      if (this.#errorBody === null) this.#relay.completed();
      else this.fail(this.#errorFailure(Buffer.concat(this.#errorBody).subarray(0, ERROR_BODY_MAX_BYTES)));
    } catch (error) {
      this.#crash(error);
    }
  }

  #errorFailure(body: Buffer): Failure {
    if (this.#isSuccess && this.#relay.rejected !== undefined) return this.#relay.rejected(body);
    const header = (name: string): string | null => rawHeader(this.headers, name);
    const outputLimit = this.attempt.plan.facts.maxOutputTokens;
    const reply = { status: this.status, header, body, outputLimit, request: this.exchange.body };
    const failure = withRefusedFields(this.attempt.provider.classifyReply(reply), body, this);
    const passed = body.length < ERROR_BODY_MAX_BYTES ? passThroughError(body, this) : null;
    if (passed === null) return failure;
    const advice = header('x-should-retry');
    const shouldRetry = advice === 'true' || advice === 'false' ? advice === 'true' : null;
    const headers = passedHeaders(this.upstreamHeaders());
    return { ...failure, raw: { status: this.status, body: passed, headers, shouldRetry } };
  }

  /** Rethrown into the connector, the error would leave the request hanging until its total deadline. */
  #crash(error: unknown): void {
    if (this.isSettled) throw error;
    this.#stop();
    this.#call?.abort();
    this.#reject(error);
  }

  #stop(): void {
    const { context } = this.attempt;
    this.isSettled = true;
    this.#decoder?.destroy();
    this.deadline.clear();
    context.attemptEnded();
    context.trace.used(this.#relay.usage);
  }

  /** The connection returns to the pool once the upstream closes its body; one that never does is closed. */
  #awaitClose(): void {
    this.#closeTimer = setTimeout(() => {
      this.#call?.abort();
    }, CLOSE_GRACE_MS).unref();
  }
}
