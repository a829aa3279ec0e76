import type { ChatReply } from '../protocol/chat.ts';
import type { StreamEvent } from '../protocol/stream-event.ts';
import type { WireFormat } from '../protocol/wire.ts';
import type { ClientOptions } from './codec.ts';
import { codecOf } from './codecs.ts';
import type { UnaryReply } from './exchange.ts';
import { signaturesOf } from './reply-signatures.ts';

/**
 * The whole reply of an upstream that was asked for a stream, as a stream of one piece in the client's wire (wire case
 * 15). Throws a `WireFault` when the body is no reply.
 */
export function oneShotStream(
  body: Buffer,
  upstream: WireFormat,
  client: WireFormat,
  options: ClientOptions,
): UnaryReply {
  const reply = codecOf(upstream).decodeReply(body);
  const encoder = codecOf(client).openEncoder(options);
  let stream = '';
  for (const event of replyEvents(reply)) stream += encoder.write(event);
  return {
    body: Buffer.from(stream),
    usage: reply.usage,
    model: reply.model,
    signatures: signaturesOf(reply.parts),
  };
}

/** The events of a stream that says at once what a whole reply says. */
export function replyEvents(reply: ChatReply): StreamEvent[] {
  const { id, model, usage, refusal, finish, stopSequence } = reply;
  const events: StreamEvent[] = [{ type: 'reply-start', id, model, usage }];
  for (const part of reply.parts) {
    switch (part.type) {
      case 'text':
        if (part.text !== '') events.push({ type: 'text-delta', text: part.text });
        break;
      case 'thinking':
        if (part.text !== '') events.push({ type: 'thinking-delta', text: part.text });
        if (part.signature !== null) events.push({ type: 'thinking-signature', signature: part.signature });
        break;
      case 'redacted-thinking':
        events.push(part);
        break;
      case 'tool-call':
        events.push({ type: 'tool-call-start', id: part.id, name: part.name });
        if (part.arguments !== '') events.push({ type: 'tool-call-delta', arguments: part.arguments });
        events.push({ type: 'tool-call-end' });
        break;
    }
  }
  if (refusal !== null) events.push({ type: 'refusal-delta', text: refusal });
  events.push({ type: 'reply-finish', reason: finish, stopSequence, usage });
  return events;
}
