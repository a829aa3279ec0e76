import type { Kind } from './capabilities.ts';

/** Families of embedding models by what their ids hold: text-embedding-3-small, BAAI/bge-m3, intfloat/e5-large-v2. */
const EMBEDDINGS = /embed(?!ded)|minilm|(?:^|[/_-])(?:bge|gte|e5)-/i;
const RERANK = /rerank/i;

/** The kind that an id suggests, where a list says nothing of it; null: the id suggests none. */
export function kindOfId(id: string): Exclude<Kind, 'chat'> | null {
  if (RERANK.test(id)) return 'rerank';
  return EMBEDDINGS.test(id) ? 'embeddings' : null;
}
