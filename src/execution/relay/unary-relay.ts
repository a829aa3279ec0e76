import type { StreamTransform, UnaryReply } from '../../wire/exchange.ts';
import { WireFault } from '../../wire/fault.ts';
import { faultFailure, NO_EVENTS, tooLargeFailure } from '../attempt/failures.ts';
import { commit } from '../commit/commit.ts';
import { REPLY_MAX_BYTES } from '../limits.ts';
import { isStream, rawHeader } from '../respond/headers.ts';
import type { Relay, UpstreamReply } from './relay.ts';

/**
 * Relays a whole reply: reads it to its end, validates it, commits and sends it in a single write. A stream in its
 * place is assembled first (wire case 16); where one was requested, the deadlines of streams apply, which distinguish a
 * stall from a long generation.
 */
export class UnaryRelay implements Relay {
  readonly isCommitted = false;
  readonly #reply: UpstreamReply;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #assembly: StreamTransform | null = null;

  constructor(reply: UpstreamReply) {
    this.#reply = reply;
  }

  get isFinished(): boolean {
    return this.#assembly?.finished ?? false;
  }

  sent(): void {
    const { deadline, attempt, exchange } = this.#reply;
    if (exchange.requestsStream) deadline.allow('first_token', attempt.deadlines.firstTokenMs);
    else deadline.onlyTotal();
  }

  accepts(): boolean {
    const { headers, exchange, deadline } = this.#reply;
    if (isStream(headers, exchange.framing)) {
      this.#assembly = exchange.assemble();
      return true;
    }
    deadline.onlyTotal();
    const length = Number(rawHeader(headers, 'content-length') ?? 0);
    if (length > REPLY_MAX_BYTES) this.#reply.fail(tooLargeFailure(this.#reply));
    return true;
  }

  received(chunk: Buffer): void {
    if (this.#assembly !== null) {
      this.#assemble(this.#assembly, this.#assembly.push(chunk));
      const { deadline, attempt, isSettled } = this.#reply;
      if (this.#assembly.started && !isSettled) deadline.allow('idle', attempt.deadlines.idleMs);
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > REPLY_MAX_BYTES) this.#reply.fail(tooLargeFailure(this.#reply));
  }

  completed(): void {
    if (this.#assembly !== null) {
      this.#assemble(this.#assembly, this.#assembly.end());
      return;
    }
    const [first] = this.#chunks;
    this.#answer(this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks));
  }

  #assemble({ fault, started }: StreamTransform, whole: Buffer | null): void {
    if (fault !== null) this.#reply.fail(faultFailure(started ? fault : NO_EVENTS, this.#reply));
    else if (whole !== null && whole.length > REPLY_MAX_BYTES) this.#reply.fail(tooLargeFailure(this.#reply));
    else if (whole !== null) this.#answer(whole);
  }

  #answer(body: Buffer): void {
    const { attempt, exchange, status } = this.#reply;
    let whole: UnaryReply;
    try {
      whole = exchange.unary(body);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.#reply.fail(faultFailure(error, this.#reply));
      return;
    }
    const { model, usage, signatures } = whole;
    const headers = this.#reply.upstreamHeaders();
    const failure = commit(attempt, { model, status, headers, wholeBytes: whole.body.length });
    if (failure !== null) {
      this.#reply.fail(failure);
      return;
    }
    attempt.context.trace.used(usage);
    attempt.context.incoming.reply.end(whole.body);
    this.#reply.settle({ kind: 'answered', signatures });
  }
}
