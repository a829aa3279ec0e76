import { scanEmbeddings } from '../embeddings/scan.ts';
import { passUnary } from '../unary-exchange.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { ollamaEmbedCodec } from './codec.ts';
import { checkEmbeddings } from './reply.ts';

/** Ollama's `/api/embed` (docs/api.md, "Generate Embeddings"). */
export const ollamaEmbedWire: Wire<'ollama-embed', 'embeddings', NoDialect> = {
  format: 'ollama-embed',
  operation: 'embeddings',
  framing: null,
  scan: (body) => scanEmbeddings('ollama-embed', body),
  passThrough: (request, { path }, target) => passUnary(request, path, target, checkEmbeddings),
  codec: ollamaEmbedCodec,
};
