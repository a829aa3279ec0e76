import type { ChatReply } from '../../../protocol/chat.ts';
import type { ReplyContext } from '../../codec.ts';
import { gatherParts } from './reply-fields.ts';
import { writeWholeReply } from './whole-reply.ts';

/** Encodes a whole reply for a client of `/api/chat`. */
export function encodeOllamaChatReply(reply: ChatReply, client: ReplyContext<'chat'>): Buffer {
  const { content, thinking, calls } = gatherParts(reply.parts, reply.refusal);
  const message = {
    role: 'assistant',
    content,
    ...(thinking === '' ? {} : { thinking }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
  return writeWholeReply(reply, { message }, client);
}
