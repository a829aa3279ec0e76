import type { ChatCodec } from '../codec.ts';
import { restoreReply } from '../chat/tools/tool-names.ts';
import { OpenAiAssembler } from './stream/assemble.ts';
import { decodeOpenAiReply } from './decode/reply.ts';
import type { OpenAiChatDialect } from './dialect.ts';
import { decodeOpenAiRequest } from './decode/request.ts';
import { OpenAiStreamDecoder } from './stream/decode.ts';
import { encodeOpenAiReply } from './encode/reply.ts';
import { encodeOpenAiRequest } from './encode/request.ts';
import { OpenAiStreamEncoder } from './stream/encode.ts';

/** The codec of OpenAI's chat completions, for clients and for upstreams. */
export const openAiChatCodec: ChatCodec<OpenAiChatDialect> = {
  decodeRequest: decodeOpenAiRequest,
  encodeReply: encodeOpenAiReply,
  openEncoder: (client) => new OpenAiStreamEncoder(client),
  encodeRequest: encodeOpenAiRequest,
  decodeReply: (body, notes) => restoreReply(decodeOpenAiReply(body), notes),
  openDecoder: (notes) => new OpenAiStreamDecoder(notes),
  openAssembler: () => new OpenAiAssembler(),
};
