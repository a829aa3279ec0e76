import type { ChatCodec } from '../codec.ts';
import { NDJSON } from '../framing/ndjson.ts';
import { loadReply } from '../ollama-chat/load-reply.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { decodeGenerateRequest } from './decode.ts';
import { encodeGenerateReply, GenerateStreamEncoder } from './encode.ts';
import { scanGenerate } from './scan.ts';

const codec: ChatCodec<NoDialect> = {
  decodeRequest: decodeGenerateRequest,
  encodeReply: encodeGenerateReply,
  openEncoder: (client) => new GenerateStreamEncoder(client),
  encodeRequest: forClients,
  decodeReply: forClients,
  openDecoder: forClients,
  openAssembler: forClients,
};

/** Ollama's `/api/generate`, a chat of one turn. Only clients use it: servers get the same turn as a chat. */
export const ollamaGenerateWire: Wire<'ollama-generate', 'chat', NoDialect> = {
  format: 'ollama-generate',
  operation: 'chat',
  framing: NDJSON,
  scan: scanGenerate,
  codec,
  ownReply: (request, wall) => loadReply(request, { response: '' }, wall),
};

function forClients(): never {
  throw new TypeError('no server is called with this wire');
}
