import type { IncomingMessage } from 'node:http';

import type { Admission, Reservation } from '../../execution/admit/admission.ts';
import { GatewayError } from '../../protocol/errors.ts';

/** A body declared larger than this is copied as it arrives: joining 50 MB at the end holds the process up for 40 ms. */
const JOINED_BYTES = 1024 * 1024;

/** What a body may take. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly admission: Pick<Admission, 'hold'>;
}

/** Says what became of a body; called once. */
export type OnBody = (error: Error | null, body?: Buffer) => void;

/**
 * The receive phase: collects a body as one Buffer of its own. Tells `request_too_large` as soon as the body is known
 * to be, and `invalid_body` when it is not as long as it was declared. Room for a large one is held while it comes in:
 * throws `overloaded` when there is none.
 */
export function receiveBody(request: IncomingMessage, limits: BodyLimits, done: OnBody): void {
  const { maxBytes, admission } = limits;
  const header = request.headers['content-length'];
  const declared = header === undefined ? null : Number(header);
  if (declared !== null && declared > maxBytes) {
    done(tooLarge(maxBytes));
    return;
  }
  const isLarge = declared !== null && declared > JOINED_BYTES;
  new Receiver(request, declared, maxBytes, isLarge ? admission.hold(declared) : null, done).start();
}

class Receiver {
  readonly #request: IncomingMessage;
  readonly #declared: number | null;
  readonly #maxBytes: number;
  readonly #hold: Reservation | null;
  readonly #done: OnBody;
  /** The place for a large body; null: it is joined at the end. */
  readonly #whole: Buffer | null;
  readonly #chunks: Buffer[] = [];
  #received = 0;

  /** A body with a `hold` is large. */
  constructor(
    request: IncomingMessage,
    declared: number | null,
    maxBytes: number,
    hold: Reservation | null,
    done: OnBody,
  ) {
    this.#request = request;
    this.#declared = declared;
    this.#maxBytes = maxBytes;
    this.#hold = hold;
    this.#done = done;
    // Not from the pool, whose memory cannot be handed to another thread.
    this.#whole = declared !== null && hold !== null ? Buffer.allocUnsafeSlow(declared) : null;
  }

  start(): void {
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    const start = this.#received;
    this.#received += chunk.length;
    if (this.#received > this.#maxBytes) this.#settle(tooLarge(this.#maxBytes));
    else if (this.#whole === null) this.#chunks.push(chunk);
    // What is longer than declared never gets here: Node's parser takes it for the next request.
    else chunk.copy(this.#whole, start);
  };

  readonly #onEnd = (): void => {
    if (this.#declared !== null && this.#received !== this.#declared) {
      this.#settle(new GatewayError('invalid_body', 'content-length does not match the body'));
    } else {
      // A copy even of a single chunk: it is a view of the socket's own buffer.
      this.#settle(null, this.#whole ?? Buffer.concat(this.#chunks, this.#received));
    }
  };

  /** The client left: nobody hears the answer. */
  readonly #onError = (): void => {
    this.#settle(new GatewayError('invalid_body', 'the body did not arrive whole'));
  };

  #settle(error: Error | null, body?: Buffer): void {
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
    // Whoever works on it holds it from here on.
    this.#hold?.release();
    this.#done(error, body);
  }
}

function tooLarge(maxBytes: number): GatewayError {
  const limit = `the limit is ${Math.round(maxBytes / 1024 / 1024)} MiB`;
  return new GatewayError('request_too_large', `the request body is too large; ${limit}`);
}
