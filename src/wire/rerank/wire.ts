import { passUnary } from '../unary-exchange.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { checkRerankReply } from './check-reply.ts';
import { scanRerank } from './scan.ts';

/**
 * Reranking as Cohere, Jina, vLLM and llama-server have it, at `/rerank`, `/v1/rerank` or `/v2/rerank`: the scores of
 * documents for a query. The fields differ little (`top_n`, documents as texts or objects, `return_documents`), so every
 * request is passed through.
 */
export const rerankWire: Wire<'rerank', 'rerank', NoDialect> = {
  format: 'rerank',
  operation: 'rerank',
  framing: null,
  scan: scanRerank,
  passThrough: (request, { path }, target) => {
    const { inputs = null, estimatedTokens } = request.facts;
    const asked = { documents: inputs, estimatedInputTokens: estimatedTokens };
    return passUnary(request, path, target, (reply) => checkRerankReply(reply, asked));
  },
  codec: null,
  isOptional: true,
};
