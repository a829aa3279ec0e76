import type { WireCodec } from '../codec.ts';
import { MessagesAssembler } from './stream/assemble.ts';
import { decodeMessagesReply } from './decode-reply.ts';
import { decodeMessagesRequest } from './decode-request.ts';
import { MessagesStreamDecoder } from './stream/decode.ts';
import { encodeMessagesReply } from './encode-reply.ts';
import { encodeMessagesRequest } from './encode-request.ts';
import { MessagesStreamEncoder } from './stream/encode.ts';

/** Anthropic's Messages API in both directions. */
export const messagesCodec: WireCodec = {
  format: 'anthropic-messages',
  decodeRequest: decodeMessagesRequest,
  encodeReply: encodeMessagesReply,
  openEncoder: (client) => new MessagesStreamEncoder(client),
  encodeRequest: encodeMessagesRequest,
  decodeReply: decodeMessagesReply,
  openDecoder: () => new MessagesStreamDecoder(),
  openAssembler: () => new MessagesAssembler(),
};
