import type { Failure } from '../../protocol/failure.ts';
import { passedType } from '../../wire/fields/content-type.ts';
import { contentEncoding } from '../attempt/content-decoder.ts';
import { rawHeader } from '../attempt/upstream-headers.ts';
import { commit } from '../commit/commit.ts';
import { PacedRelay } from './paced-relay.ts';
import { unexpectedType, type Relay, type UpstreamReply } from './relay.ts';

/**
 * Relays the reply to a direct call as it arrives, at the client's pace: JSON, text, audio, a picture or a stream of
 * events, and does not read them. Before the first bytes only the total deadline applies, since a picture takes minutes.
 */
export class DirectRelay extends PacedRelay implements Relay {
  readonly isFinished = false;
  readonly usage = null;
  readonly #reply: UpstreamReply;
  #contentType = '';

  constructor(reply: UpstreamReply) {
    super(reply);
    this.#reply = reply;
  }

  sent(): void {
    this.#reply.deadline.onlyTotal();
  }

  begin(): boolean {
    const { headers, deadline } = this.#reply;
    deadline.onlyTotal();
    const type = passedType(rawHeader(headers, 'content-type'));
    if (type === null) return false;
    this.#contentType = type;
    return true;
  }

  received(chunk: Buffer): void {
    if (!this.isCommitted) this.#commit();
    else if (!this.isPaused) this.#reply.deadline.noteActivity();
    this.write(chunk);
  }

  completed(): void {
    if (!this.isCommitted) this.#commit();
    this.#reply.attempt.context.incoming.reply.end();
    this.#reply.settle({ kind: 'answered', signatures: [] });
  }

  /** A 2xx that is none of these: the page of a proxy or of another service. */
  rejected(body: Buffer): Failure {
    return unexpectedType(this.#reply, body, 'a reply to this call');
  }

  protected resumed(): void {
    this.#reply.deadline.allow('idle', this.#reply.attempt.deadlines.idleMs);
  }

  #commit(): void {
    const { attempt, status, headers } = this.#reply;
    // Of a compressed reply it is the length of other bytes.
    const length = contentEncoding(headers) === null ? rawHeader(headers, 'content-length') : null;
    // Without a model there is nothing to compare: this commit cannot fail.
    commit(attempt, {
      model: null,
      status,
      headers: this.#reply.upstreamHeaders(),
      wholeBytes: length !== null && /^\d{1,15}$/.test(length) ? Number(length) : null,
      contentType: this.#contentType,
    });
    this.isCommitted = true;
    this.resumed();
  }
}
