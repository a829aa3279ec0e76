import type { RequestBody } from './admit/request-body.ts';
import type { IncomingRequest } from './incoming-request.ts';
import { RequestTrace } from './record/request-trace.ts';

/**
 * An attempt, or a wait for room, that the shutdown can abort. An object rather than a closure: a closure held during an attempt caused
 * every request to be promoted to the old generation (4 MB of every 20 MB allocated, a fifth of the CPU of a request).
 */
export interface RunningAttempt {
  /** Ends the attempt as a failure. */
  abort(): void;
  /** The same for an attempt whose model is unloaded now; absent: it is at no model. */
  cut?(): void;
}

/** A wait for room, as far as its heartbeats tell of it. */
export interface RunningWait {
  /** In one line; null: nothing is known of it. */
  waitsFor(): string | null;
}

/** One accepted request on its way through the phases. */
export class RequestContext {
  readonly incoming: IncomingRequest;
  readonly body: RequestBody;
  readonly trace: RequestTrace;
  /** Index in the recorder's list of running requests; owned by the recorder. */
  place = 0;
  /** An error after the head is an event; false: the reply is no stream of events, and can only be cut. */
  errorsAsEvents = true;
  /** Milliseconds that it has waited for room in its lane and at targets. */
  waitedMs = 0;
  /** The full id of the model that is, or will be, loaded because of it although it does not wait; no other is. */
  loads: string | null = null;
  /** What it waits for now; null: it does not wait for room. */
  wait: RunningWait | null = null;
  /** The recorder has written a row for it while it runs. */
  isRecorded = false;
  #attempt: RunningAttempt | null = null;
  #isAborted = false;

  /** `now`: monotonic ms at which the body was complete. */
  constructor(incoming: IncomingRequest, body: RequestBody, now: number) {
    this.incoming = incoming;
    this.body = body;
    this.trace = new RequestTrace(incoming, now);
  }

  /** An attempt is about to be sent; it is aborted at once if the request has been aborted before. */
  attemptStarted(attempt: RunningAttempt): void {
    this.#attempt = attempt;
    if (this.#isAborted) attempt.abort();
  }

  /** The running attempt has ended. */
  attemptEnded(): void {
    this.#attempt = null;
  }

  /** Ends the running attempt, since an operator has its model unloaded. */
  cut(): void {
    this.#attempt?.cut?.();
  }

  /** Aborts the running attempt for the shutdown; between attempts, the next one. */
  abort(): void {
    this.#isAborted = true;
    this.#attempt?.abort();
  }
}
