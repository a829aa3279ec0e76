import type { ChatCodec } from '../codec.ts';
import { restoreReply } from '../chat/tool-names.ts';
import { ResponsesAssembler } from './stream/assemble.ts';
import { decodeResponsesReply } from './decode/reply.ts';
import type { ResponsesDialect } from './dialect.ts';
import { decodeResponsesRequest } from './decode/request.ts';
import { ResponsesStreamDecoder } from './stream/decode.ts';
import { encodeResponsesReply } from './encode/reply.ts';
import { encodeResponsesRequest } from './encode/request.ts';
import { ResponsesStreamEncoder } from './stream/encode.ts';

/** The codec of OpenAI's Responses API, for clients and for upstreams. */
export const responsesCodec: ChatCodec<ResponsesDialect> = {
  decodeRequest: decodeResponsesRequest,
  encodeReply: encodeResponsesReply,
  openEncoder: (client) => new ResponsesStreamEncoder(client),
  encodeRequest: encodeResponsesRequest,
  decodeReply: (body, notes) => restoreReply(decodeResponsesReply(body), notes),
  openDecoder: (notes) => new ResponsesStreamDecoder(notes),
  openAssembler: () => new ResponsesAssembler(),
};
