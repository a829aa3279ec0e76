import type { ChatCodec, ChatNotes, ReplyContext } from '../codec.ts';
import type { UnaryReply } from '../exchange.ts';
import { replyEvents } from './reply-events.ts';
import { callStatesOf } from './calls/call-states.ts';
import { estimatedReplyUsage } from './reply-usage.ts';
import { signaturesOf } from './reply-signatures.ts';

/** The part of a chat codec that reads replies, for any dialect. */
export type ChatReader = Pick<ChatCodec<never>, 'decodeReply' | 'openDecoder' | 'openAssembler'>;
/** The part that writes replies. */
export type ChatWriter = Pick<ChatCodec<never>, 'encodeReply' | 'openEncoder' | 'clientCallId'>;

/**
 * Turns a unary reply to a stream request into a single-piece stream in the client's wire (wire case 15). Throws a
 * `WireFault` when the body is not a valid reply.
 */
export function oneShotStream(
  body: Buffer,
  upstream: ChatReader,
  client: ChatWriter,
  context: ReplyContext<'chat'>,
  notes: ChatNotes | null = null,
): UnaryReply {
  const reply = upstream.decodeReply(body, notes);
  const encoder = client.openEncoder(context);
  let stream = '';
  for (const event of replyEvents(reply)) stream += encoder.write(event);
  const { model, parts } = reply;
  return {
    body: Buffer.from(stream),
    // Not part of the stream: no usage chunk is invented (wire case 42).
    usage: reply.usage ?? estimatedReplyUsage(reply, context),
    model,
    signatures: signaturesOf(parts),
    ...callStatesOf(parts, client),
  };
}
