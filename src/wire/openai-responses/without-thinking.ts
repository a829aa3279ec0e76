import { withMessages } from '../chat/without-thinking.ts';
import type { ScannedRequest } from '../exchange.ts';
import { filledString, isJsonObject } from '../json/value.ts';
import { signatureIn } from './items.ts';

/**
 * The request without the reasoning items of other models; see `Wire.withoutThinking`. Reasoning without encrypted
 * content is plain text: it is removed only where a target has rejected it.
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
    if (encrypted === null) return !removesPlain;
    return kept === null || kept.has(signatureIn(encrypted));
  };
  return withMessages(
    request,
    keptSignatures,
    (items) => ({ messages: items.filter(isKept), removed: [] }),
    'input',
  );
}
