import type { ChatReply } from '../../../protocol/chat.ts';
import type { ReplyContext } from '../../codec.ts';

/** Encodes a whole reply for a client. */
export function encodeOllamaChatReply(reply: ChatReply, client: ReplyContext<'chat'>): Buffer {
  throw new Error(`not built ${String(reply.id)} ${client.modelId}`);
}
