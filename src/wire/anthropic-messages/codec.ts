import type { UpstreamCodec } from '../hub.ts';
import { readMessagesReply } from './reply.ts';
import { writeMessagesRequest } from './request.ts';
import { MessagesStreamDecoder } from './stream.ts';

/** Anthropic's Messages API towards an upstream. */
export const messagesUpstream: UpstreamCodec = {
  writeRequest: writeMessagesRequest,
  readReply: readMessagesReply,
  openStream: () => new MessagesStreamDecoder(),
};
