import { scanEmbeddings } from '../embeddings/scan.ts';
import type { ScannedRequest } from '../exchange.ts';
import { passUnary } from '../unary-exchange.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { ollamaEmbedCodec } from './codec.ts';
import { checkEmbeddings } from './reply.ts';

/** The reply to a request without a text, which asks Ollama to load a model. */
function emptyReply({ isEmpty, facts }: ScannedRequest): Buffer | null {
  if (isEmpty !== true) return null;
  return Buffer.from(JSON.stringify({ model: facts.model ?? 'auto', embeddings: [] }));
}

/** Ollama's `/api/embed` (docs/api.md, "Generate Embeddings"). */
export const ollamaEmbedWire: Wire<'ollama-embed', 'embeddings', NoDialect> = {
  format: 'ollama-embed',
  operation: 'embeddings',
  framing: null,
  scan: (body) => scanEmbeddings('ollama-embed', body, true),
  passThrough: (request, { path }, target) => passUnary(request, path, target, checkEmbeddings),
  codec: ollamaEmbedCodec,
  ownReply: emptyReply,
};
