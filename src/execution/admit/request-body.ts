import type { ScannedRequest } from '../../wire/exchange.ts';
import type { Reservation } from './admission.ts';

/**
 * The body of one request, with the memory reserved for it. Released at the commit, so that a long stream does not keep
 * a long prompt in memory, and at the end of the request.
 */
export class RequestBody {
  readonly #reservation: Reservation;
  #received: Buffer | null;
  #scanned: ScannedRequest | null = null;

  constructor(received: Buffer, reservation: Reservation) {
    this.#received = received;
    this.#reservation = reservation;
  }

  /** As received; empty once it was scanned or released. */
  get received(): Buffer {
    return this.#received ?? NO_BYTES;
  }

  /** The request as the read phase found it; null before, and once it was released. */
  get scanned(): ScannedRequest | null {
    return this.#scanned;
  }

  /** Replaces the body by its scanned form, or by the same request whose memory has come back from the worker. */
  keep(request: ScannedRequest): void {
    this.#received = null;
    this.#scanned = request;
  }

  /** Drops the body and returns its reservation; further calls do nothing. */
  release(): void {
    this.#received = null;
    this.#scanned = null;
    this.#reservation.release();
  }
}

const NO_BYTES: Buffer = Buffer.alloc(0);
