import type { ReplyPart } from '../../protocol/chat.ts';

const NONE: readonly string[] = Object.freeze([]);

/** The parts of a reply that only the model that made it can read: signatures of thinking, and redacted blocks. */
export function signaturesOf(parts: readonly ReplyPart[]): readonly string[] {
  let found: string[] | null = null;
  for (const part of parts) {
    const signature =
      part.type === 'thinking' ? part.signature : part.type === 'redacted-thinking' ? part.data : null;
    if (signature !== null && signature !== '') (found ??= []).push(signature);
  }
  return found ?? NONE;
}
