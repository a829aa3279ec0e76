import type { WireCodec } from '../codec.ts';
import { OpenAiAssembler } from './stream/assemble.ts';
import { decodeOpenAiReply } from './decode-reply.ts';
import { decodeOpenAiRequest } from './decode-request.ts';
import { OpenAiStreamDecoder } from './stream/decode.ts';
import { encodeOpenAiReply } from './encode-reply.ts';
import { encodeOpenAiRequest } from './encode-request.ts';
import { OpenAiStreamEncoder } from './stream/encode.ts';

/** OpenAI's chat completions, towards clients and towards upstreams. */
export const openAiChatCodec: WireCodec = {
  format: 'openai-chat',
  decodeRequest: decodeOpenAiRequest,
  encodeReply: encodeOpenAiReply,
  openEncoder: (client) => new OpenAiStreamEncoder(client),
  encodeRequest: encodeOpenAiRequest,
  decodeReply: decodeOpenAiReply,
  openDecoder: () => new OpenAiStreamDecoder(),
  openAssembler: () => new OpenAiAssembler(),
};
