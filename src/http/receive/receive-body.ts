import type { IncomingMessage } from 'node:http';

import type { Admission, Reservation } from '../../execution/admit/admission.ts';
import { GatewayError } from '../../protocol/errors.ts';
import { requestBody } from './expect-continue.ts';

/** A body declared larger is copied as it arrives: joining 50 MB at the end blocks the event loop for 40 ms. */
const JOINED_BYTES = 1024 * 1024;

/** Limits of a body. */
export interface BodyLimits {
  readonly maxBytes: number;
  /** The variable that raises the limit; null: it is fixed. */
  readonly setting: string | null;
  readonly admission: Pick<Admission, 'reserve'>;
}

/** Is called once, with the body or an error. */
export type OnBody = (error: Error | null, body?: Buffer) => void;

/**
 * The receive phase: collects a body as one Buffer of its own. Reports `request_too_large` as soon as the limit is
 * exceeded, and `invalid_body` when the length differs from the declared one. Memory for a large body is reserved while
 * it arrives: throws `overloaded` when there is none.
 */
export function receiveBody(request: IncomingMessage, limits: BodyLimits, done: OnBody): void {
  const { maxBytes, admission } = limits;
  const header = request.headers['content-length'];
  const declared = header === undefined ? null : Number(header);
  if (declared !== null && declared > maxBytes) {
    done(tooLarge(limits));
    return;
  }
  const isLarge = declared !== null && declared > JOINED_BYTES;
  new Receiver(request, declared, limits, isLarge ? admission.reserve(declared) : null, done).start();
}

class Receiver {
  readonly #request: IncomingMessage;
  readonly #declared: number | null;
  readonly #limits: BodyLimits;
  readonly #reservation: Reservation | null;
  readonly #done: OnBody;
  /** The whole of a large body; null: chunks are joined at the end. */
  readonly #whole: Buffer | null;
  readonly #chunks: Buffer[] = [];
  #received = 0;

  /** A body with a reservation is large. */
  constructor(
    request: IncomingMessage,
    declared: number | null,
    limits: BodyLimits,
    reservation: Reservation | null,
    done: OnBody,
  ) {
    this.#request = request;
    this.#declared = declared;
    this.#limits = limits;
    this.#reservation = reservation;
    this.#done = done;
    // Not from the pool, whose memory cannot be transferred to another thread.
    this.#whole = declared !== null && reservation !== null ? Buffer.allocUnsafeSlow(declared) : null;
  }

  start(): void {
    requestBody(this.#request);
    this.#request.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).resume();
  }

  readonly #onData = (chunk: Buffer): void => {
    const start = this.#received;
    this.#received += chunk.length;
    if (this.#received > this.#limits.maxBytes) this.#settle(tooLarge(this.#limits));
    else if (this.#whole === null) this.#chunks.push(chunk);
    // Bytes beyond the declared length never arrive here: Node's parser takes them for the next request.
    else chunk.copy(this.#whole, start);
  };

  readonly #onEnd = (): void => {
    if (this.#declared !== null && this.#received !== this.#declared) {
      this.#settle(new GatewayError('invalid_body', 'content-length does not match the body'));
    } else {
      // Copies even a single chunk, which is a view of the socket's buffer.
      const body = this.#whole ?? Buffer.concat(this.#chunks, this.#received);
      // Only a body with a byte order mark begins with a byte above 0xEE.
      if (body.length > 2 && (body[0] ?? 0) >= 0xef) this.#settleMarked(body);
      else this.#settle(null, body);
    }
  };

  /**
   * Drops the byte order mark of UTF-8: a parser may ignore it (RFC 8259, section 8.1), but neither the scan nor an
   * upstream has to. Some tools of Windows send it, and others UTF-16.
   */
  #settleMarked(body: Buffer): void {
    const [first, second, third] = body;
    if (first === 0xef && second === 0xbb && third === 0xbf) this.#settle(null, body.subarray(3));
    else if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
      this.#settle(new GatewayError('invalid_json', 'the body is not JSON: it is UTF-16; send it as UTF-8'));
    else this.#settle(null, body);
  }

  /** The client disconnected: nobody receives the error. */
  readonly #onError = (): void => {
    this.#settle(new GatewayError('invalid_body', 'the body is incomplete'));
  };

  #settle(error: Error | null, body?: Buffer): void {
    this.#request.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
    // The data plane reserves memory for the whole body next.
    this.#reservation?.release();
    this.#done(error, body);
  }
}

/** The error for a body above the limit. */
export function tooLarge({ maxBytes, setting }: BodyLimits): GatewayError {
  const fix = setting === null ? 'send less' : `${setting} raises it`;
  const limit = `the limit is ${Math.round(maxBytes / 1024 / 1024)} MiB; ${fix}`;
  return new GatewayError('request_too_large', `the request body is too large; ${limit}`);
}
