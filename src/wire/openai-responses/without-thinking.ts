import { withMessages } from '../chat/without-thinking.ts';
import type { ScannedRequest } from '../exchange.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { isOwnReasoning } from './ids.ts';
import { signatureIn } from './items.ts';

/**
 * The request without the reasoning items of other models; see `Wire.withoutThinking`. Reasoning without encrypted
 * content is plain text: it is removed where a target has rejected it, and otherwise only if it was translated, since a
 * server of this API would look for its id among its own items.
 */
export function withoutThinking(
  request: ScannedRequest,
  keptSignatures: readonly string[] | null,
): ScannedRequest {
  const kept = keptSignatures === null ? null : new Set(keptSignatures);
  const removesPlain = keptSignatures?.length === 0 && request.signatures.length === 0;
  const isKept = (item: unknown): boolean => {
    if (!isJsonObject(item) || item['type'] !== 'reasoning') return true;
    const encrypted = filledString(item['encrypted_content']);
    if (encrypted === null) return !removesPlain && !isOwnReasoning(item['id']);
    return kept === null || kept.has(signatureIn(encrypted));
  };
  return withMessages(
    request,
    keptSignatures,
    (items) => ({ messages: items.filter(isKept), removed: [] }),
    'input',
  );
}
