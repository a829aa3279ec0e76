import { GatewayError } from '../../protocol/errors.ts';
import { BODIES_MAX_BYTES, HOPS_MAX } from '../limits.ts';

/** When a client may try again: another gateway, or this one after a restart, may answer by then. */
const RETRY_S = 5;

/** Memory reserved for a request body. */
export interface Reservation {
  /** Returns it; further calls do nothing. */
  release(): void;
}

/** Decides whether a request is admitted: memory, draining, loops. */
export class Admission {
  #reservedBytes = 0;
  #draining = false;

  /** Rejects new requests from now on; running ones continue. */
  drain(): void {
    this.#draining = true;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Reserves memory for a body before it is read. Throws `overloaded` above the limit of all bodies. */
  reserve(bytes: number): Reservation {
    if (this.#reservedBytes + bytes > BODIES_MAX_BYTES) {
      throw new GatewayError('overloaded', 'too many request bodies in memory; retry', { retryAfterS: 1 });
    }
    this.#reservedBytes += bytes;
    return new BodyReservation(this, bytes);
  }

  /** Returns reserved bytes; called by `Reservation.release`. */
  release(bytes: number): void {
    this.#reservedBytes -= bytes;
  }

  /** The admit phase. `hop` is `x-laneway-hop` as received. Throws `draining` or `loop_detected`. */
  admit(hop: number): void {
    if (this.#draining) {
      throw new GatewayError('draining', `the gateway is shutting down; retry in ${RETRY_S} s`, {
        retryAfterS: RETRY_S,
      });
    }
    if (hop >= HOPS_MAX) {
      throw new GatewayError(
        'loop_detected',
        'the request passed through too many gateways: a provider of one of them points back to this gateway',
        { shouldRetry: false },
      );
    }
  }
}

class BodyReservation implements Reservation {
  readonly #admission: Admission;
  #bytes: number;

  constructor(admission: Admission, bytes: number) {
    this.#admission = admission;
    this.#bytes = bytes;
  }

  release(): void {
    this.#admission.release(this.#bytes);
    this.#bytes = 0;
  }
}
