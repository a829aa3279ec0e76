import type { Failure } from '../../protocol/failure.ts';
import { isSameModel } from '../../protocol/model-id.ts';
import type { StreamTransform, UnaryReply } from '../../wire/exchange.ts';
import { WireFault } from '../../wire/fault.ts';
import { commit } from '../commit/commit.ts';
import { faultFailure, NO_EVENTS, tooLargeFailure, wrongModelFailure } from '../attempt/failures.ts';
import { isStream, rawHeader } from '../respond/headers.ts';
import type { AttemptContext, AttemptEnd } from '../attempt/attempt-context.ts';
import { ReplyReader } from '../attempt/reply-reader.ts';
import { REPLY_MAX_BYTES } from './unary-reader.ts';

/** A client that reads nothing for this long is cut (reliability 5.1, "stalled reader"). */
const CLIENT_STALL_MS = 60_000;

/** Relays a stream: holds it until its first content, commits, then passes events on at the client's pace. */
export class StreamReader extends ReplyReader {
  readonly #relay: StreamTransform;
  #committed = false;
  #paused = false;
  /** A whole reply in the stream's place; null: it is a stream. */
  #whole: Buffer[] | null = null;
  #wholeBytes = 0;

  constructor(context: AttemptContext, settle: (end: AttemptEnd) => void, reject: (error: unknown) => void) {
    super(context, settle, reject);
    this.#relay = context.exchange.stream();
  }

  protected sent(): void {
    this.deadline.allow('first_token', this.context.deadlines.firstTokenMs);
  }

  protected accepts(): boolean {
    if (isStream(this.headers, this.context.exchange.framing)) return true;
    const kind = rawHeader(this.headers, 'content-type')?.toLowerCase() ?? '';
    if (!kind.startsWith('application/json')) return false;
    this.#whole = [];
    return true;
  }

  protected received(chunk: Buffer): void {
    if (this.#whole !== null) {
      this.deadline.allow('idle', this.context.deadlines.idleMs);
      this.#whole.push(chunk);
      this.#wholeBytes += chunk.length;
      if (this.#wholeBytes > REPLY_MAX_BYTES) this.fail(tooLargeFailure(this.context));
      return;
    }
    const output = this.#relay.push(chunk);
    if (this.#relay.started && !this.#paused) this.deadline.allow('idle', this.context.deadlines.idleMs);
    this.#pass(output);
  }

  protected completed(): void {
    if (this.#whole === null) this.#pass(this.#relay.end());
    else this.#passWhole(Buffer.concat(this.#whole));
  }

  protected get whole(): boolean {
    return this.#relay.finished;
  }

  protected get committed(): boolean {
    return this.#committed;
  }

  #pass(output: Buffer | null): void {
    const { state, fault } = this.#relay;
    const begins = output !== null || state === 'open' || state === 'complete';
    if (!this.#committed && begins && !this.#commit(this.#relay.model)) return;
    if (state === 'complete') {
      this.#finish(output, this.#relay);
      return;
    }
    if (output !== null) this.#write(output);
    if (state === 'failed' && fault !== null) {
      this.context.job.usage = this.#relay.usage;
      this.fail(faultFailure(this.#relay.started ? fault : NO_EVENTS, this.context));
    }
  }

  /** A whole reply to a request for a stream goes on as a stream of one piece (wire case 15). */
  #passWhole(body: Buffer): void {
    let reply: UnaryReply;
    try {
      reply = this.context.exchange.oneShot(body);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.fail(faultFailure(error, this.context));
      return;
    }
    if (this.#commit(reply.model)) this.#finish(reply.body, reply);
  }

  /** A 2xx of another kind: an error in disguise, or something else altogether. */
  protected override refused(body: Buffer): Failure {
    if (this.status > 299) return super.refused(body);
    const kind = rawHeader(this.headers, 'content-type') ?? 'no content type';
    const fault = body.includes('"error"')
      ? new WireFault('error_event', 'error', null, body)
      : new WireFault('malformed', `${kind.slice(0, 60)} instead of an event stream`);
    return faultFailure(fault, this.context);
  }

  /** false: the reply is not the target's, and nothing was sent. */
  #commit(model: string | null): boolean {
    const { job, target, clock, trace } = this.context;
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
    const { reply } = this.context.job.incoming;
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

  #finish(output: Buffer | null, { usage, signatures }: Pick<UnaryReply, 'usage' | 'signatures'>): void {
    const { job } = this.context;
    job.usage = usage;
    if (output === null) job.incoming.reply.end();
    else job.incoming.reply.end(output);
    this.settle({ kind: 'answered', signatures });
  }
}
