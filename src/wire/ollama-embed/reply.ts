import type { EmbeddingsReply } from '../../protocol/embeddings.ts';
import { readVector, vectorUsage } from '../embeddings/vectors.ts';
import type { UnaryReply } from '../exchange.ts';
import { WireFault } from '../fault.ts';
import { filledString, tokenCount } from '../json/value.ts';
import { parseReply } from '../reply-body.ts';

/**
 * Reads a unary reply. Throws a `WireFault`: `malformed` when it is invalid, `error_event` for an error with status
 * 200.
 */
export function readEmbeddings(body: Buffer): EmbeddingsReply {
  const { embeddings, model, prompt_eval_count: count } = parseReply(body);
  if (!Array.isArray(embeddings) || embeddings.length === 0) {
    throw new WireFault('malformed', 'the reply has no vectors');
  }
  return {
    model: filledString(model),
    vectors: embeddings.map(readVector),
    usage: vectorUsage(tokenCount(count)),
  };
}

/** Checks a reply for a client of this wire; its bytes pass unchanged. Throws as `readEmbeddings` does. */
export function checkEmbeddings(body: Buffer): UnaryReply {
  const { usage, model } = readEmbeddings(body);
  return { body, usage, model, signatures: [] };
}
