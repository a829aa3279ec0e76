import type { UnaryReply } from '../exchange.ts';
import { vectorUsage, estimatedVectorUsage } from '../embeddings/vectors.ts';
import { WireFault } from '../fault.ts';
import { filledString, isJsonObject, tokenCount } from '../json/value.ts';
import { parseReply } from '../reply-body.ts';

/** What the reply to a request for scores has to fit. */
export interface AskedScores {
  /** Number of documents; null: unknown. */
  readonly documents: number | null;
  readonly estimatedInputTokens: number;
}

/**
 * Checks a reply, whose bytes pass unchanged: a list of entries, each with the `index` of a document, once, and its
 * score. Throws a `WireFault`: `malformed`, or `error_event` for an error with status 200.
 */
export function checkRerankReply(body: Buffer, { documents, estimatedInputTokens }: AskedScores): UnaryReply {
  const reply = isList(body) ? { results: parseList(body) } : parseReply(body);
  // `data` is Voyage's name of the list (docs.voyageai.com/reference/reranker-api).
  const list = reply['results'] ?? reply['data'];
  if (!Array.isArray(list)) throw new WireFault('malformed', 'the reply has no list of results');
  const seen = new Set<number>();
  for (const entry of list as readonly unknown[]) {
    const index = readEntry(entry);
    if (seen.has(index) || index >= (documents ?? Infinity)) {
      throw new WireFault(
        'malformed',
        `the reply has a score for document ${index}, which is not one of them`,
      );
    }
    seen.add(index);
  }
  const inputTokens = inputTokensOf(reply);
  return {
    body,
    usage: vectorUsage(inputTokens) ?? estimatedVectorUsage(estimatedInputTokens),
    model: filledString(reply['model']),
    signatures: [],
  };
}

/** text-embeddings-inference, and llama-server for a request with `texts`, answer with the bare list. */
function isList(body: Buffer): boolean {
  return /^\s*\[/.test(body.toString('latin1', 0, 64));
}

function parseList(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new WireFault('malformed', 'the reply is not JSON');
  }
}

function readEntry(entry: unknown): number {
  const { index, relevance_score: relevance, score = relevance } = isJsonObject(entry) ? entry : {};
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw new WireFault('malformed', 'the reply has a result without the index of its document');
  }
  // llama-server writes a NaN as null.
  if (typeof score !== 'number') throw new WireFault('malformed', 'the reply has a result without a score');
  return index;
}

/**
 * Input tokens: `usage` of llama-server, vLLM, Jina and Voyage, `meta.tokens` or `meta.billed_units` of Cohere; null where
 * only searches are billed.
 */
function inputTokensOf({ usage, meta }: Readonly<Record<string, unknown>>): number | null {
  const { prompt_tokens: prompt, total_tokens: total } = isJsonObject(usage) ? usage : {};
  const { tokens, billed_units: billed } = isJsonObject(meta) ? meta : {};
  const [counted, paid] = [tokens, billed].map((counts) => isJsonObject(counts) && counts['input_tokens']);
  return tokenCount(prompt) ?? tokenCount(total) ?? tokenCount(counted) ?? tokenCount(paid);
}
