import type { EmbeddingsReplyOptions } from '../codec.ts';
import { toBase64, toNumbers } from '../embeddings/vectors.ts';
import { WireFault } from '../fault.ts';
import { isJsonObject, tokenCount, type JsonObject } from '../json/value.ts';
import { parseReply } from '../reply-body.ts';

/** A unary reply: its entries, each with a vector, and the other fields. */
export interface EmbeddingsBody {
  readonly data: readonly JsonObject[];
  readonly frame: JsonObject;
}

/**
 * Parses a unary reply. Throws a `WireFault`: `malformed` when it is invalid, `error_event` for an error with status
 * 200.
 */
export function parseEmbeddings(body: Buffer): EmbeddingsBody {
  const { data, ...frame } = parseReply(body);
  if (!Array.isArray(data) || data.length === 0 || !data.every(isJsonObject)) {
    throw new WireFault('malformed', 'the reply has no vectors');
  }
  return { data, frame };
}

/** A vector, and the other fields of its entry. */
export interface EmbeddingsEntry {
  readonly vector: readonly number[];
  readonly entry: JsonObject;
}

/** Writes a unary reply with its vectors in the requested encoding. */
export function writeEmbeddings(
  frame: JsonObject,
  entries: readonly EmbeddingsEntry[],
  encoding: EmbeddingsReplyOptions['encoding'],
): Buffer {
  const data = entries.map(({ vector, entry }, index) => {
    const { embedding: _given, ...others } = entry;
    const head = JSON.stringify({ object: 'embedding', index, ...others }).slice(0, -1);
    return `${head},"embedding":${encoding === 'base64' ? `"${toBase64(vector)}"` : toNumbers(vector)}}`;
  });
  const head = JSON.stringify({ object: 'list', ...frame }).slice(0, -1);
  return Buffer.from(`${head},"data":[${data.join(',')}]}`);
}

/** Tokens of the inputs according to the usage of a reply; null when not reported. */
export function inputTokensOf(usage: unknown): number | null {
  if (!isJsonObject(usage)) return null;
  return tokenCount(usage['prompt_tokens']) ?? tokenCount(usage['total_tokens']);
}

/** Both counts, which clients read unconditionally (wire case 176). */
export function writeUsage(inputTokens: number): JsonObject {
  return { prompt_tokens: inputTokens, total_tokens: inputTokens };
}
