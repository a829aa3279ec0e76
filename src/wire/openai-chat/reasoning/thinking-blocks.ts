import type { RedactedThinkingPart, ReplyPart, ThinkingPart } from '../../../protocol/chat.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { invalidField } from '../../fields/field-error.ts';

/**
 * OpenAI's wire has no field for the signatures of thinking, without which Anthropic rejects thinking that is sent
 * back. Replies report them in `thinking_blocks` of the message (in a stream: in one delta before the finish), in
 * Anthropic's block format, as several gateways do; a client that sends the message back with them keeps its thinking.
 * Unsigned thinking is in `reasoning_content` only.
 */
export type ThinkingBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string };

/** A signed or redacted part as a block; null for other parts. */
export function writeThinkingBlock(part: ReplyPart): ThinkingBlock | null {
  if (part.type === 'redacted-thinking') return { type: 'redacted_thinking', data: part.data };
  if (part.type !== 'thinking' || part.signature === null) return null;
  return { type: 'thinking', thinking: part.text, signature: part.signature };
}

/** Reads the blocks of an earlier reply. Throws `invalid_body` for any other shape; `path` locates the list. */
export function readThinkingBlocks(value: unknown, path: string): (ThinkingPart | RedactedThinkingPart)[] {
  if (!Array.isArray(value)) throw invalidField(path, 'an array');
  return value.map((block: unknown, index) => {
    const type = isJsonObject(block) ? block['type'] : null;
    if (isJsonObject(block) && type === 'thinking' && typeof block['thinking'] === 'string') {
      return { type, text: block['thinking'], signature: filledString(block['signature']) };
    }
    if (isJsonObject(block) && type === 'redacted_thinking' && typeof block['data'] === 'string') {
      return { type: 'redacted-thinking', data: block['data'] };
    }
    throw invalidField(`${path}[${index}]`, 'a thinking or redacted_thinking block');
  });
}
