import type { ChatReply, ReplyPart } from '../../../protocol/chat.ts';
import type { ReplyContext } from '../../codec.ts';
import { callInput } from '../../chat/call-input.ts';
import { estimatedReplyUsage } from '../../chat/reply-usage.ts';
import type { JsonObject } from '../../json/value.ts';
import { callId, messageId, stopDetails, stopReason, writeUsage } from './reply-fields.ts';

/** Encodes a translated reply as a message. */
export function encodeMessagesReply(reply: ChatReply, client: ReplyContext<'chat'>): Buffer {
  const reason = stopReason(reply.finish, reply.stopSequence, reply.refusal);
  return Buffer.from(
    JSON.stringify({
      id: messageId(reply.id, client),
      type: 'message',
      role: 'assistant',
      model: reply.model ?? client.modelId,
      content: reply.parts.flatMap(encodePart),
      stop_reason: reason,
      stop_sequence: reason === 'stop_sequence' ? reply.stopSequence : null,
      stop_details: stopDetails(reason, reply.refusal),
      container: null,
      diagnostics: null,
      usage: writeUsage(reply.usage ?? estimatedReplyUsage(reply, client), client, 0),
    }),
  );
}

/**
 * Thinking without a signature gets an empty one, never an invented one. Text has no `citations` and a call no `caller`:
 * the API leaves them out where there are none, and `@ai-sdk/anthropic` 3 rejects a whole reply with a null there.
 */
function encodePart(part: ReplyPart): JsonObject[] {
  switch (part.type) {
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
    case 'thinking':
      return [{ type: 'thinking', thinking: part.text, signature: part.signature ?? '' }];
    case 'redacted-thinking':
      return [{ type: 'redacted_thinking', data: part.data }];
    case 'tool-call':
      return [{ type: 'tool_use', id: callId(part.id), name: part.name, input: callInput(part.arguments) }];
  }
}
