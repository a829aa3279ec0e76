import type { Kind } from './capabilities.ts';

/** Families of embedding models by what their ids hold: text-embedding-3-small, BAAI/bge-m3, intfloat/e5-large-v2. */
const EMBEDDINGS = /embed(?!ded)|minilm|(?:^|[/_-])(?:bge|gte|e5)-/i;
const RERANK = /rerank/i;

/** The kind that an id tells, where a list says nothing else of its models. Whatever is not known is chat. */
export function kindOfId(id: string): Kind {
  if (RERANK.test(id)) return 'rerank';
  return EMBEDDINGS.test(id) ? 'embeddings' : 'chat';
}
