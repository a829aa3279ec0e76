import type { RedactedThinkingPart, ThinkingPart } from '../../protocol/chat.ts';

/**
 * Begins the `encrypted_content` of a reasoning item that holds redacted thinking of another wire, which has no text and
 * no signature. A vendor's own content never begins so: the colon is in no base64 alphabet.
 */
const REDACTED = 'laneway:redacted:';

/** The `encrypted_content` of a reasoning item; null: the thinking is not signed. */
export function writeEncrypted(part: ThinkingPart | RedactedThinkingPart): string | null {
  if (part.type === 'redacted-thinking') return REDACTED + part.data;
  return part.signature === '' ? null : part.signature;
}

/** What ties the reasoning item to its model: the signature of thinking, or the data of redacted thinking. */
export function signatureIn(encrypted: string): string {
  return encrypted.startsWith(REDACTED) ? encrypted.slice(REDACTED.length) : encrypted;
}

/** The thinking of a reasoning item; null: it holds neither text nor encrypted content. */
export function readThinking(
  text: string,
  encrypted: string | null,
): ThinkingPart | RedactedThinkingPart | null {
  if (encrypted?.startsWith(REDACTED) === true)
    return { type: 'redacted-thinking', data: signatureIn(encrypted) };
  return text === '' && encrypted === null ? null : { type: 'thinking', text, signature: encrypted };
}
