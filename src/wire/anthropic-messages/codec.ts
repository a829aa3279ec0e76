import type { ChatCodec } from '../codec.ts';
import { restoreReply } from '../chat/tools/tool-names.ts';
import { MessagesAssembler } from './stream/assemble.ts';
import { decodeMessagesReply } from './decode/reply.ts';
import type { MessagesDialect } from './dialect.ts';
import { decodeMessagesRequest } from './decode/request.ts';
import { MessagesStreamDecoder } from './stream/decode.ts';
import { callId } from './encode/reply-fields.ts';
import { encodeMessagesReply } from './encode/reply.ts';
import { encodeMessagesRequest } from './encode/request.ts';
import { MessagesStreamEncoder } from './stream/encode.ts';

/** Translates Anthropic's Messages API in both directions. */
export const messagesCodec: ChatCodec<MessagesDialect> = {
  decodeRequest: decodeMessagesRequest,
  encodeReply: encodeMessagesReply,
  openEncoder: (client) => new MessagesStreamEncoder(client),
  encodeRequest: encodeMessagesRequest,
  decodeReply: (body, notes) => restoreReply(decodeMessagesReply(body), notes),
  openDecoder: (notes) => new MessagesStreamDecoder(notes),
  openAssembler: () => new MessagesAssembler(),
  clientCallId: callId,
};
