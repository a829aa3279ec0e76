import type { Failure } from '../protocol/failure.ts';
import type { RequestBody } from './admit/request-body.ts';
import type { IncomingRequest } from './incoming-request.ts';
import { RequestTrace } from './record/request-trace.ts';

/**
 * An attempt that can be aborted from outside. An object rather than a closure: a closure held during an attempt caused
 * every request to be promoted to the old generation (4 MB of every 20 MB allocated, a fifth of the CPU of a request).
 */
export interface RunningAttempt {
  /** Ends the attempt with a failure. */
  abort(failure: Failure): void;
}

/** One accepted request on its way through the phases. */
export class RequestContext {
  readonly incoming: IncomingRequest;
  readonly body: RequestBody;
  readonly trace: RequestTrace;
  /** Index in the recorder's list of running requests; owned by the recorder. */
  place = 0;
  /** The recorder has written a row for it while it runs. */
  isRecorded = false;
  #attempt: RunningAttempt | null = null;
  #abortion: Failure | null = null;

  /** `now`: monotonic ms at which the body was complete. */
  constructor(incoming: IncomingRequest, body: RequestBody, now: number) {
    this.incoming = incoming;
    this.body = body;
    this.trace = new RequestTrace(incoming, now);
  }

  /** An attempt is about to be sent; it is aborted at once if the request has been aborted before. */
  attemptStarted(attempt: RunningAttempt): void {
    this.#attempt = attempt;
    if (this.#abortion !== null) attempt.abort(this.#abortion);
  }

  /** The running attempt has ended. */
  attemptEnded(): void {
    this.#attempt = null;
  }

  /** Ends the running attempt with a failure; between attempts, the next one. */
  abort(failure: Failure): void {
    this.#abortion = failure;
    this.#attempt?.abort(failure);
  }
}
