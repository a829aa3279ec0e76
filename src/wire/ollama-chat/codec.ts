import type { ChatCodec } from '../codec.ts';
import { restoreReply } from '../chat/tool-names.ts';
import { OllamaChatAssembler } from './stream/assemble.ts';
import { decodeOllamaChatReply } from './decode/reply.ts';
import type { OllamaChatDialect } from './dialect.ts';
import { decodeOllamaChatRequest } from './decode/request.ts';
import { OllamaChatStreamDecoder } from './stream/decode.ts';
import { encodeOllamaChatReply } from './encode/reply.ts';
import { encodeOllamaChatRequest } from './encode/request.ts';
import { OllamaChatStreamEncoder } from './stream/encode.ts';

/** The codec of Ollama's `/api/chat`, for clients and for upstreams. */
export const ollamaChatCodec: ChatCodec<OllamaChatDialect> = {
  decodeRequest: decodeOllamaChatRequest,
  encodeReply: encodeOllamaChatReply,
  openEncoder: (client) => new OllamaChatStreamEncoder(client),
  encodeRequest: encodeOllamaChatRequest,
  decodeReply: (body, notes) => restoreReply(decodeOllamaChatReply(body), notes),
  openDecoder: (notes) => new OllamaChatStreamDecoder(notes),
  openAssembler: () => new OllamaChatAssembler(),
};
