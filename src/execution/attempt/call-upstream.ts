import type { Exchange } from '../../wire/exchange.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';
import { upstreamRequest } from './upstream-request.ts';
import { ReplyReader } from './reply-reader.ts';
import { StreamRelay } from '../relay/stream-relay.ts';
import { UnaryRelay } from '../relay/unary-relay.ts';

/**
 * Sends the request of an attempt and relays its reply: as a stream where the client wants one, else whole. Rejects
 * only for an internal error.
 */
export function callUpstream(attempt: Attempt, exchange: Exchange): Promise<AttemptEnd> {
  return new Promise((settle, reject) => {
    const reader = new ReplyReader(attempt, exchange, settle, reject);
    const relay = attempt.plan.facts.stream ? new StreamRelay(reader) : new UnaryRelay(reader);
    reader.start(upstreamRequest(attempt, exchange), relay);
  });
}
