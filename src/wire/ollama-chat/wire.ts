import { NDJSON } from '../framing/ndjson.ts';
import type { Wire } from '../wire.ts';
import { ollamaChatCodec } from './codec.ts';
import type { OllamaChatDialect } from './dialect.ts';
import { loadReply } from './load-reply.ts';
import { passThrough } from './pass-through.ts';
import { scanOllamaChat } from './scan.ts';

/** Ollama's `/api/chat` (docs/api.md, "Generate a chat completion"). */
export const ollamaChatWire: Wire<'ollama-chat', 'chat', OllamaChatDialect> = {
  format: 'ollama-chat',
  operation: 'chat',
  framing: NDJSON,
  scan: scanOllamaChat,
  passThrough,
  codec: ollamaChatCodec,
  ownReply: (request, wall) => loadReply(request, { message: { role: 'assistant', content: '' } }, wall),
};
