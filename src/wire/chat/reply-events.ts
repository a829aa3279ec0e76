import type { ChatReply } from '../../protocol/chat.ts';
import type { StreamEvent } from '../../protocol/stream-event.ts';

/** The events of a stream with the content of a unary reply. */
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
        events.push({
          type: 'tool-call-start',
          id: part.id,
          name: part.name,
          ...(part.state === undefined ? null : { state: part.state }),
        });
        if (part.arguments !== '') events.push({ type: 'tool-call-delta', arguments: part.arguments });
        events.push({ type: 'tool-call-end' });
        break;
    }
  }
  if (refusal !== null) events.push({ type: 'refusal-delta', text: refusal });
  events.push({ type: 'reply-finish', reason: finish, stopSequence, usage });
  return events;
}
