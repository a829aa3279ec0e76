import type { Failure } from '../../protocol/failure.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { StreamTransform, UnaryReply } from '../../wire/exchange.ts';
import { cutPromptFailure, warnOfCut } from '../attempt/cut-prompt.ts';
import { streamFailure, tooLargeFailure } from '../attempt/failures.ts';
import { isStream, rawHeader } from '../attempt/upstream-headers.ts';
import { commit } from '../commit/commit.ts';
import { REPLY_MAX_BYTES } from '../limits.ts';
import { PacedRelay } from './paced-relay.ts';
import { convertWhole, unexpectedType, type Relay, type UpstreamReply } from './relay.ts';

/** Relays a stream: holds it until its first content, commits, then passes events on at the client's pace. */
export class StreamRelay extends PacedRelay implements Relay {
  readonly #reply: UpstreamReply;
  readonly #transform: StreamTransform;
  /** Chunks of a whole reply in place of the stream; null: it is a stream. */
  #whole: Buffer[] | null = null;
  #wholeBytes = 0;
  #wholeUsage: Usage | null = null;

  constructor(reply: UpstreamReply) {
    super(reply);
    this.#reply = reply;
    this.#transform = reply.exchange.stream();
  }

  get isFinished(): boolean {
    return this.#transform.finished;
  }

  get usage(): Usage | null {
    return this.#whole === null ? this.#transform.usage : this.#wholeUsage;
  }

  sent(): void {
    this.#reply.deadline.awaitContent(this.#reply.attempt.deadlines.firstTokenMs);
  }

  begin(): boolean {
    const { headers, exchange, deadline } = this.#reply;
    deadline.noteActivity();
    if (isStream(headers, exchange.framing)) return true;
    const type = rawHeader(headers, 'content-type')?.toLowerCase() ?? '';
    if (!type.startsWith('application/json')) return false;
    this.#whole = [];
    return true;
  }

  received(chunk: Buffer): void {
    if (this.#whole !== null) {
      this.#collect(this.#whole, chunk);
      return;
    }
    // Whatever it is: a comment, a role without content and a progress event are signs of life.
    if (!this.isPaused) this.#reply.deadline.noteActivity();
    this.#pass(this.#transform.push(chunk));
  }

  completed(): void {
    if (this.#whole === null) this.#pass(this.#transform.end());
    else this.#passWhole(Buffer.concat(this.#whole));
  }

  /** A 2xx of another kind: an error with the wrong status, or something else altogether. */
  rejected(body: Buffer): Failure {
    return unexpectedType(this.#reply, body, 'an event stream');
  }

  protected resumed(): void {
    this.#allowIdle();
  }

  #allowIdle(): void {
    this.#reply.deadline.allow('idle', this.#reply.attempt.deadlines.idleMs);
  }

  #collect(chunks: Buffer[], chunk: Buffer): void {
    this.#allowIdle();
    chunks.push(chunk);
    this.#wholeBytes += chunk.length;
    if (this.#wholeBytes > REPLY_MAX_BYTES) this.#reply.fail(tooLargeFailure(this.#reply));
  }

  #pass(output: Buffer | null): void {
    const { state, fault } = this.#transform;
    const begins = output !== null || state === 'open' || state === 'complete';
    const wasCommitted = this.isCommitted;
    if (!wasCommitted && state === 'complete' && this.#isCut(this.#transform.usage)) return;
    if (!wasCommitted && begins && !this.#commit(this.#transform.model)) return;
    if (state === 'complete') {
      if (wasCommitted) warnOfCut(this.#reply.attempt, this.#transform.usage);
      this.#finish(output, this.#transform);
      return;
    }
    if (output !== null) this.write(output);
    if (state === 'failed' && fault !== null) {
      this.#reply.fail(streamFailure(fault, this.#transform.started, this.#reply));
    }
  }

  /** A whole reply to a request for a stream is passed on as a stream (wire case 15). */
  #passWhole(body: Buffer): void {
    const whole = convertWhole(this.#reply, 'oneShot', body);
    if (whole === null || this.#isCut(whole.usage) || !this.#commit(whole.model)) return;
    this.#wholeUsage = whole.usage;
    this.#finish(whole.body, whole);
  }

  /** true: the server has cut the prompt; the attempt has failed and nothing was sent. */
  #isCut(usage: Usage | null): boolean {
    const cut = cutPromptFailure(this.#reply.attempt, usage, this.#reply.status);
    if (cut !== null) this.#reply.fail(cut);
    return cut !== null;
  }

  /** false: another model answered; the attempt has failed and nothing was sent. */
  #commit(model: string | null): boolean {
    const failure = commit(this.#reply.attempt, {
      model,
      status: this.#reply.status,
      headers: this.#reply.upstreamHeaders(),
      wholeBytes: null,
    });
    if (failure !== null) {
      this.#reply.fail(failure);
      return false;
    }
    this.isCommitted = true;
    this.#allowIdle();
    return true;
  }

  #finish(
    output: Buffer | null,
    { signatures, callStates }: Pick<UnaryReply, 'signatures' | 'callStates'>,
  ): void {
    const client = this.#reply.attempt.context.incoming.reply;
    if (output === null) client.end();
    else client.end(output);
    this.#reply.settle({ kind: 'answered', signatures, callStates });
  }
}
