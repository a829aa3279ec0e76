import type { Exchange } from '../../wire/exchange.ts';
import { DirectRelay } from '../relay/direct-relay.ts';
import type { Relay, UpstreamReply } from '../relay/relay.ts';
import { StreamRelay } from '../relay/stream-relay.ts';
import { UnaryRelay } from '../relay/unary-relay.ts';
import type { Attempt, AttemptEnd } from './attempt-context.ts';
import { ReplyReader } from './reply-reader.ts';
import { upstreamRequest } from './upstream-request.ts';

/**
 * Sends the request of an attempt and relays its reply: of a direct call as it arrives, else as a stream where the client
 * wants one, else whole. Rejects only for an internal error.
 */
export function callUpstream(attempt: Attempt, exchange: Exchange): Promise<AttemptEnd> {
  const relayOf =
    exchange.isDirect === true ? directRelay : attempt.plan.facts.stream ? streamRelay : unaryRelay;
  return new Promise((settle, reject) => {
    new ReplyReader(attempt, exchange, relayOf, settle, reject).start(upstreamRequest(attempt, exchange));
  });
}

function streamRelay(reply: UpstreamReply): Relay {
  return new StreamRelay(reply);
}

function directRelay(reply: UpstreamReply): Relay {
  return new DirectRelay(reply);
}

function unaryRelay(reply: UpstreamReply): Relay {
  return new UnaryRelay(reply);
}
