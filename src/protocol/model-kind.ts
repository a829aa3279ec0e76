import type { Kind } from './capabilities.ts';

/** Ids of embedding models: text-embedding-3-small, BAAI/bge-m3, intfloat/e5-large-v2. */
const EMBEDDINGS = /embed(?!ded)|minilm|(?:^|[/_-])(?:bge|gte|e5)-/i;
const RERANK = /rerank/i;

/** The kind that a model id suggests, for lists that do not state it; null: none. */
export function kindOfId(id: string): Exclude<Kind, 'chat'> | null {
  if (RERANK.test(id)) return 'rerank';
  return EMBEDDINGS.test(id) ? 'embeddings' : null;
}
