import type { Usage } from '../../protocol/usage.ts';
import type { StreamTransform } from '../../wire/exchange.ts';
import { cutPromptFailure } from '../attempt/cut-prompt.ts';
import { streamFailure, tooLargeFailure } from '../attempt/failures.ts';
import { isStream, rawHeader } from '../attempt/upstream-headers.ts';
import { commit } from '../commit/commit.ts';
import { REPLY_MAX_BYTES } from '../limits.ts';
import { convertWhole, type Relay, type UpstreamReply } from './relay.ts';

/**
 * Relays a whole reply: reads it to its end, validates it, commits and sends it in a single write. A stream in its
 * place is assembled first (wire case 16); where one was requested, the deadlines of streams apply, which distinguish a
 * stall from a long generation.
 */
export class UnaryRelay implements Relay {
  readonly isCommitted = false;
  usage: Usage | null = null;
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
    if (exchange.requestsStream) deadline.awaitContent(attempt.deadlines.firstTokenMs);
    else deadline.onlyTotal();
  }

  begin(): boolean {
    const { headers, exchange, deadline } = this.#reply;
    if (isStream(headers, exchange.framing)) {
      this.#assembly = exchange.assemble();
      deadline.noteActivity();
      return true;
    }
    deadline.onlyTotal();
    const length = Number(rawHeader(headers, 'content-length') ?? 0);
    if (length > REPLY_MAX_BYTES) this.#reply.fail(tooLargeFailure(this.#reply));
    return true;
  }

  received(chunk: Buffer): void {
    if (this.#assembly !== null) {
      const { deadline, attempt } = this.#reply;
      const { state } = this.#assembly;
      deadline.noteActivity();
      this.#assemble(this.#assembly, this.#assembly.push(chunk));
      if (state === 'held' && this.#assembly.state === 'open')
        deadline.allow('idle', attempt.deadlines.idleMs);
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

  /** `whole` is what the last step of the assembly has returned. */
  #assemble({ fault, started }: StreamTransform, whole: Buffer | null): void {
    if (fault !== null) this.#reply.fail(streamFailure(fault, started, this.#reply));
    else if (whole !== null && whole.length > REPLY_MAX_BYTES) this.#reply.fail(tooLargeFailure(this.#reply));
    else if (whole !== null) this.#answer(whole);
  }

  #answer(body: Buffer): void {
    const { attempt, status } = this.#reply;
    const whole = convertWhole(this.#reply, 'unary', body);
    if (whole === null) return;
    const cut = cutPromptFailure(attempt, whole.usage, status);
    if (cut !== null) {
      this.#reply.fail(cut);
      return;
    }
    const headers = this.#reply.upstreamHeaders();
    const start = { model: whole.model, status, headers, wholeBytes: whole.body.length };
    const failure = commit(attempt, start);
    if (failure !== null) {
      this.#reply.fail(failure);
      return;
    }
    this.usage = whole.usage;
    attempt.context.incoming.reply.end(whole.body);
    const { signatures, callStates } = whole;
    this.#reply.settle({ kind: 'answered', signatures, callStates });
  }
}
