import type { Failure } from '../../protocol/failure.ts';
import type { Usage } from '../../protocol/usage.ts';
import type { Exchange, UnaryReply } from '../../wire/exchange.ts';
import { WireFault } from '../../wire/fault.ts';
import type { Attempt, AttemptEnd } from '../attempt/attempt-context.ts';
import type { Deadline } from '../attempt/deadlines.ts';
import { faultFailure } from '../attempt/failures.ts';
import { rawHeader, type RawHeaders, type UpstreamHeaders } from '../attempt/upstream-headers.ts';

/** Delivers a successful reply to the client, as a stream or whole. */
export interface Relay {
  /** The request was sent: sets the deadline for what comes next. */
  sent(): void;
  /**
   * The headers of a 2xx arrived: prepares for its body. false when they announce another kind of reply than the one
   * requested: its body is then read as an error.
   */
  begin(): boolean;
  received(chunk: Buffer): void;
  /** The upstream ended its body cleanly, or everything essential has arrived. */
  completed(): void;
  /** A stream is finished once its finish reason has arrived, without end mark and orderly close (wire case 4). */
  readonly isFinished: boolean;
  /** Content was sent to the client: a failure can no longer be retried. */
  readonly isCommitted: boolean;
  /** Tokens that the reply has reported so far; null: none. */
  readonly usage: Usage | null;
  /** The failure of a 2xx for which `begin` returned false; absent where it never does. */
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

/** Converts a whole reply; null when it is invalid, and the attempt has failed. */
export function convertWhole(reply: UpstreamReply, as: 'unary' | 'oneShot', body: Buffer): UnaryReply | null {
  try {
    return reply.exchange[as](body);
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    reply.fail(faultFailure(error, reply));
    return null;
  }
}

/** The failure of a 2xx of another kind than `expected`: an error with the wrong status, or something else altogether. */
export function unexpectedType(reply: UpstreamReply, body: Buffer, expected: string): Failure {
  const type = rawHeader(reply.headers, 'content-type') ?? 'no content type';
  const fault = body.includes('"error"')
    ? new WireFault('error_event', 'error', null, body)
    : new WireFault('malformed', `${type.slice(0, 60)} instead of ${expected}`);
  return faultFailure(fault, reply);
}
