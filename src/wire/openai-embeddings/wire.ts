import { scanEmbeddings } from '../embeddings/scan.ts';
import type { Exchange, ScannedRequest, TargetRequest } from '../exchange.ts';
import { passUnary } from '../unary-exchange.ts';
import type { NoDialect, Wire } from '../wire.ts';
import { openAiEmbeddingsCodec } from './codec.ts';
import { readDimensions, readEncoding } from './parameters.ts';
import { passReply } from './pass-reply.ts';

/** OpenAI's `/v1/embeddings`. */
export const openAiEmbeddingsWire: Wire<'openai-embeddings', 'embeddings', NoDialect> = {
  format: 'openai-embeddings',
  operation: 'embeddings',
  framing: null,
  scan: (body) => scanEmbeddings('openai-embeddings', body),
  passThrough: (request, { path }, target) => passThrough(request, path, target),
  codec: openAiEmbeddingsCodec,
};

/** Of the target's defaults only `dimensions` applies to embeddings; the others are for chats. */
function passThrough(request: ScannedRequest, path: string, target: TargetRequest): Exchange {
  const dimensions = readDimensions(request, target.params);
  const requested = {
    encoding: readEncoding(request),
    vectors: { count: request.facts.inputs ?? 1, dimensions },
    modelId: target.modelId,
    estimatedInputTokens: request.facts.estimatedTokens,
  };
  const added = dimensions === null ? {} : { dimensions };
  return passUnary(request, path, target, (reply) => passReply(reply, requested), added);
}
