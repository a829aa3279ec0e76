import type { Failure } from '../protocol/failure.ts';
import { isSameModel } from '../protocol/model-id.ts';
import { WireFault, type StreamRelay } from '../wire/exchange.ts';
import { commit } from './commit.ts';
import { faultFailure, wrongModelFailure } from './failures.ts';
import { rawHeader } from './headers.ts';
import type { AttemptContext, AttemptEnd } from './attempt-context.ts';
import { ReplyReader } from './reply-reader.ts';

/** A client that reads nothing for this long is cut (reliability 5.1, "stalled reader"). */
const CLIENT_STALL_MS = 60_000;

/** How long an upstream may take to close its body after its own end mark. */
const CLOSE_GRACE_MS = 1_000;

const NO_EVENTS = new WireFault('malformed', 'a stream without events');

/** Relays a stream: holds it until its first content, commits, then passes events on at the client's pace. */
export class StreamReader extends ReplyReader {
  readonly #relay: StreamRelay;
  #committed = false;
  #dataSeen = false;
  #paused = false;
  /** The upstream has ended its body. */
  #ended = false;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(context: AttemptContext, settle: (end: AttemptEnd) => void) {
    super(context, settle);
    this.#relay = context.exchange.stream();
  }

  override onEnd(): void {
    clearTimeout(this.#closeTimer);
    super.onEnd();
  }

  override onError(error: Error): void {
    clearTimeout(this.#closeTimer);
    super.onError(error);
  }

  protected sent(): void {
    this.deadline.allow('first_token', this.context.deadlines.firstTokenMs);
  }

  protected accepts(): boolean {
    return rawHeader(this.headers, 'content-type')?.toLowerCase().startsWith('text/event-stream') ?? false;
  }

  protected received(chunk: Buffer): void {
    if (!this.#dataSeen) this.#dataSeen = chunk.includes('data:');
    if (this.#dataSeen && !this.#paused) this.deadline.allow('idle', this.context.deadlines.idleMs);
    this.#pass(this.#relay.push(chunk));
  }

  protected completed(): void {
    this.#ended = true;
    this.#pass(this.#relay.end());
  }

  protected get committed(): boolean {
    return this.#committed;
  }

  #pass(output: Buffer | null): void {
    const { state, fault } = this.#relay;
    const begins = output !== null || state === 'open' || state === 'complete';
    if (!this.#committed && begins && !this.#commit()) return;
    if (state === 'complete') {
      this.#finish(output);
      return;
    }
    if (output !== null) this.#write(output);
    if (state === 'failed' && fault !== null) {
      this.context.job.usage = this.#relay.usage;
      this.fail(faultFailure(this.#dataSeen ? fault : NO_EVENTS, this.context));
    }
  }

  /** A 2xx that is no event stream: an error in disguise, or something else altogether (wire case 15). */
  protected override refused(body: Buffer): Failure {
    if (this.status > 299) return super.refused(body);
    const kind = rawHeader(this.headers, 'content-type') ?? 'no content type';
    const fault = body.includes('"error"')
      ? new WireFault('error_event', 'error', null, body)
      : new WireFault('malformed', `${kind.slice(0, 60)} instead of an event stream`);
    return faultFailure(fault, this.context);
  }

  /** false: the reply is not the target's, and nothing was sent. */
  #commit(): boolean {
    const { job, target, clock, trace } = this.context;
    const { model } = this.#relay;
    if (target.provider.answersAnyName && model !== null && !isSameModel(model, target.upstreamId)) {
      this.fail(wrongModelFailure(model));
      return false;
    }
    this.#committed = true;
    const now = clock.now();
    trace.firstTokenMs = job.since(now);
    job.ended('attempt', now);
    commit(job, target, this.status, this.upstreamHeaders(), null, clock.now());
    return true;
  }

  #write(output: Buffer): void {
    const { reply } = this.context.job.arrival;
    if (reply.write(output) || this.#paused) return;
    // The client reads slower than the upstream sends: stop reading there, and do not blame it for the silence.
    this.#paused = true;
    this.pause();
    this.deadline.allow('client_stalled', CLIENT_STALL_MS);
    reply.onDrain(() => {
      this.#paused = false;
      if (this.settled) return;
      this.deadline.allow('idle', this.context.deadlines.idleMs);
      this.resume();
    });
  }

  #finish(output: Buffer | null): void {
    const { job } = this.context;
    job.usage = this.#relay.usage;
    if (output === null) job.arrival.reply.end();
    else job.arrival.reply.end(output);
    this.settle({ kind: 'answered' });
    if (this.#ended) return;
    // The connection goes back to the pool when the upstream closes its body; one that never does is closed.
    this.#closeTimer = setTimeout(() => {
      this.abortCall();
    }, CLOSE_GRACE_MS).unref();
  }
}
