import { isSameModel } from '../../protocol/model-id.ts';
import type { StreamTransform } from '../../wire/exchange.ts';
import { WireFault } from '../../wire/fault.ts';
import { commit } from '../commit/commit.ts';
import { faultFailure, NO_EVENTS, tooLargeFailure, wrongModelFailure } from '../attempt/failures.ts';
import { isStream, rawHeader } from '../respond/headers.ts';
import { ReplyReader } from '../attempt/reply-reader.ts';

/** A whole reply is held in memory up to this. */
export const REPLY_MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads a whole reply, checks that it is one, commits and sends it in a single write. A stream that comes in its place
 * is put together first (wire case 16).
 */
export class UnaryReader extends ReplyReader {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #assembly: StreamTransform | null = null;

  protected sent(): void {
    this.deadline.onlyTotal();
  }

  protected accepts(): boolean {
    const { exchange } = this.context;
    if (isStream(this.headers, exchange.framing)) {
      this.#assembly = exchange.assemble();
      return true;
    }
    const length = Number(rawHeader(this.headers, 'content-length') ?? 0);
    if (length > REPLY_MAX_BYTES) this.fail(tooLargeFailure(this.context));
    return true;
  }

  protected received(chunk: Buffer): void {
    if (this.#assembly !== null) {
      this.#assembled(this.#assembly, this.#assembly.push(chunk));
      if (this.#assembly.started && !this.settled) {
        this.deadline.allow('idle', this.context.deadlines.idleMs);
      }
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > REPLY_MAX_BYTES) this.fail(tooLargeFailure(this.context));
  }

  protected completed(): void {
    if (this.#assembly !== null) {
      this.#assembled(this.#assembly, this.#assembly.end());
      return;
    }
    const [first] = this.#chunks;
    this.#answer(this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks));
  }

  protected get whole(): boolean {
    return this.#assembly?.finished ?? false;
  }

  protected get committed(): boolean {
    return false;
  }

  #assembled({ fault, started }: StreamTransform, whole: Buffer | null): void {
    if (fault !== null) this.fail(faultFailure(started ? fault : NO_EVENTS, this.context));
    else if (whole !== null && whole.length > REPLY_MAX_BYTES) this.fail(tooLargeFailure(this.context));
    else if (whole !== null) this.#answer(whole);
  }

  #answer(body: Buffer): void {
    const { job, target, exchange, clock } = this.context;
    let reply;
    try {
      reply = exchange.unary(body);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.fail(faultFailure(error, this.context));
      return;
    }
    const { model, signatures, usage } = reply;
    if (target.provider.answersAnyName && model !== null && !isSameModel(model, target.upstreamId)) {
      this.fail(wrongModelFailure(model));
      return;
    }
    job.usage = usage;
    job.ended('attempt', clock.now());
    commit(job, target, this.status, this.upstreamHeaders(), reply.body.length, clock.now());
    job.incoming.reply.end(reply.body);
    this.settle({ kind: 'answered', signatures });
  }
}
