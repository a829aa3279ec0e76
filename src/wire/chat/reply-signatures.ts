import type { ReplyPart } from '../../protocol/chat.ts';

const NONE: readonly string[] = Object.freeze([]);

/** What only the maker of a reply can read again: its thinking's signatures and its redacted blocks. */
export function signaturesOf(parts: readonly ReplyPart[]): readonly string[] {
  let found: string[] | null = null;
  for (const part of parts) {
    const signature =
      part.type === 'thinking' ? part.signature : part.type === 'redacted-thinking' ? part.data : null;
    if (signature !== null && signature !== '') (found ??= []).push(signature);
  }
  return found ?? NONE;
}
