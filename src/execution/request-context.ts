import type { Failure } from '../protocol/failure.ts';
import type { RequestBody } from './admit/request-body.ts';
import type { IncomingRequest } from './incoming-request.ts';
import { RequestTrace } from './record/request-trace.ts';

/**
 * An attempt that can be aborted from outside. An object with a method: closures kept for the time of an attempt made
 * every request outlive the young generation (4 MB promoted of every 20 MB allocated, a fifth of the CPU of a request).
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
  #attempt: RunningAttempt | null = null;

  /** `now`: monotonic ms at which the body was complete. */
  constructor(incoming: IncomingRequest, body: RequestBody, now: number) {
    this.incoming = incoming;
    this.body = body;
    this.trace = new RequestTrace(incoming, now);
  }

  /** Sets the running attempt; null between attempts. */
  running(attempt: RunningAttempt | null): void {
    this.#attempt = attempt;
  }

  /** Ends the running attempt, if any, with a failure. */
  abort(failure: Failure): void {
    this.#attempt?.abort(failure);
  }
}
