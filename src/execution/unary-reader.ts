import { isSameModel } from '../protocol/model-id.ts';
import { WireFault } from '../wire/exchange.ts';
import { commit } from './commit.ts';
import { faultFailure, wrongModelFailure } from './failures.ts';
import { rawHeader } from './headers.ts';
import { ReplyReader } from './reply-reader.ts';

/** A whole reply is held in memory up to this. */
const REPLY_MAX_BYTES = 64 * 1024 * 1024;

/** Reads a whole reply, checks that it is one, commits and sends it in a single write. */
export class UnaryReader extends ReplyReader {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  protected sent(): void {
    this.deadline.onlyTotal();
  }

  protected accepts(): boolean {
    const length = Number(rawHeader(this.headers, 'content-length') ?? 0);
    if (length > REPLY_MAX_BYTES) this.#tooLarge();
    return true;
  }

  protected received(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > REPLY_MAX_BYTES) this.#tooLarge();
  }

  protected completed(): void {
    const { job, target, exchange, clock } = this.context;
    const [first] = this.#chunks;
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    let reply;
    try {
      reply = exchange.unary(body);
    } catch (error) {
      if (!(error instanceof WireFault)) throw error;
      this.fail(faultFailure(error, this.context));
      return;
    }
    if (
      target.provider.answersAnyName &&
      reply.model !== null &&
      !isSameModel(reply.model, target.upstreamId)
    ) {
      this.fail(wrongModelFailure(reply.model));
      return;
    }
    job.usage = reply.usage;
    job.ended('attempt', clock.now());
    commit(job, target, this.status, this.upstreamHeaders(), reply.body.length, clock.now());
    job.arrival.reply.end(reply.body);
    this.settle({ kind: 'answered' });
  }

  protected get committed(): boolean {
    return false;
  }

  #tooLarge(): void {
    this.fail(faultFailure(new WireFault('too_large', 'more than 64 MiB'), this.context));
  }
}
