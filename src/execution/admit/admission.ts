import { GatewayError } from '../../protocol/errors.ts';

/** Bytes of request bodies that may be held at once in all (API section 1). */
const HELD_MAX_BYTES = 512 * 1024 * 1024;

/** More gateways than this in one request's path is a loop. */
const HOPS_MAX = 3;

/** A request's share of the bodies held at once. */
export interface Reservation {
  /** Gives it back; further calls do nothing. */
  release(): void;
}

/** Decides whether a request may be worked on at all: memory, draining, loops. */
export class Admission {
  #heldBytes = 0;
  #draining = false;

  /** Stops new work; what runs goes on. */
  drain(): void {
    this.#draining = true;
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Counts a body before it is read. Throws `overloaded` when too much is held already. */
  hold(bytes: number): Reservation {
    if (this.#heldBytes + bytes > HELD_MAX_BYTES) {
      throw new GatewayError('overloaded', 'too many request bodies are held at once; try again', {
        retryAfterS: 1,
      });
    }
    this.#heldBytes += bytes;
    return new BodyReservation(this, bytes);
  }

  /** Counts a body out again; its `Hold` calls this. */
  giveBack(bytes: number): void {
    this.#heldBytes -= bytes;
  }

  /** The admit phase. `hop` is `x-laneway-hop` as it came. Throws `draining` or `loop_detected`. */
  admit(hop: number): void {
    if (this.#draining) {
      throw new GatewayError('draining', 'the gateway is shutting down; try again', { retryAfterS: 5 });
    }
    if (hop >= HOPS_MAX) {
      throw new GatewayError(
        'loop_detected',
        'this request has come through too many gateways: one of their providers points back here',
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
    this.#admission.giveBack(this.#bytes);
    this.#bytes = 0;
  }
}
