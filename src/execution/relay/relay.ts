import type { Failure } from '../../protocol/failure.ts';
import type { Exchange } from '../../wire/exchange.ts';
import type { Attempt, AttemptEnd } from '../attempt/attempt-context.ts';
import type { Deadline } from '../attempt/deadlines.ts';
import type { RawHeaders, UpstreamHeaders } from '../respond/headers.ts';

/** What becomes of a successful reply: a stream or a whole reply for the client. */
export interface Relay {
  /** The request was sent: sets the deadline for what comes next. */
  sent(): void;
  /** Do the headers of a 2xx announce the kind of reply that was requested? If not, its body is read as an error. */
  accepts(): boolean;
  received(chunk: Buffer): void;
  /** The upstream ended its body in good order. */
  completed(): void;
  /** A stream is finished once its finish reason has arrived, without end mark and orderly close (wire case 4). */
  readonly isFinished: boolean;
  /** Content was sent to the client: a failure can no longer be retried. */
  readonly isCommitted: boolean;
  /** What a 2xx means that was not accepted; absent where all are accepted. */
  rejected?(body: Buffer): Failure;
}

/** The reply of an upstream, as a relay reads and ends it. */
export interface UpstreamReply {
  readonly attempt: Attempt;
  readonly exchange: Exchange;
  readonly deadline: Deadline;
  readonly status: number;
  readonly headers: RawHeaders;
  /** The attempt has ended. */
  readonly isSettled: boolean;
  /** The headers as the commit passes them on. */
  upstreamHeaders(): UpstreamHeaders;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the attempt with a failure. */
  fail(failure: Failure): void;
  /** Ends the attempt; the upstream connection is closed unless the reply is complete. */
  settle(end: AttemptEnd): void;
}
