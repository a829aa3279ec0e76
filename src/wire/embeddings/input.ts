import type { EmbeddingsInput } from '../../protocol/embeddings.ts';
import { invalidField } from '../fields/field-error.ts';

/**
 * Reads `input` into the neutral form: one input, or a list of them. Throws a `GatewayError` `invalid_body` when it
 * mixes texts and token ids, or holds anything else.
 */
export function readInput(value: unknown): EmbeddingsInput {
  if (typeof value === 'string') return { type: 'texts', texts: [value] };
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  if (list.every((entry) => typeof entry === 'string')) return { type: 'texts', texts: list };
  if (isTokens(list)) return { type: 'tokens', tokens: [list] };
  if (list.every(isTokens)) return { type: 'tokens', tokens: list };
  throw invalidField('input', 'all texts or all token ids');
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((id) => Number.isSafeInteger(id));
}
