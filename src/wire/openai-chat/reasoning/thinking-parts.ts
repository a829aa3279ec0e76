import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';

/**
 * Parts of a content list that are thinking. Mistral writes `{"type":"thinking","thinking":[{"type":"text",…}]}`
 * (docs.mistral.ai, "Reasoning"), gateways write Anthropic's block or `{"type":"reasoning","text":…}`.
 */
const TYPES: ReadonlySet<unknown> = new Set(['thinking', 'reasoning', 'reasoning_text']);

/** Is this element of a content list thinking? */
export function isThinkingPart(part: unknown): part is JsonObject {
  return isJsonObject(part) && TYPES.has(part['type']);
}

/** The text of a part with thinking, '' if it has none; null for other parts. */
export function thinkingOf(part: unknown): string | null {
  if (!isThinkingPart(part)) return null;
  return textOf(part['thinking'] ?? part['reasoning'] ?? part['text']);
}

/** The thinking in a content; '' for a content without any. */
export function thinkingIn(content: unknown): string {
  return Array.isArray(content) ? content.map((part: unknown) => thinkingOf(part) ?? '').join('') : '';
}

/** Thinking is text, or again a list of parts. */
function textOf(thinking: unknown): string {
  if (typeof thinking === 'string') return thinking;
  const parts = Array.isArray(thinking) ? (thinking as readonly unknown[]) : [];
  return parts.map((part) => (isJsonObject(part) ? (filledString(part['text']) ?? '') : '')).join('');
}
