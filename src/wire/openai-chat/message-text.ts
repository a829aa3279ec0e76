import { isJsonObject, type JsonObject } from '../json/value.ts';

/** The text of a message's or a delta's content; some servers write parts where a string should be. '' for none. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  let text = '';
  for (const part of content as readonly unknown[]) {
    if (isJsonObject(part) && typeof part['text'] === 'string') text += part['text'];
  }
  return text;
}

/** The thinking of a message or a delta, which servers write under two names, some under both (wire case 143). */
export function reasoningText(message: JsonObject): string {
  const { reasoning_content: content, reasoning } = message;
  if (typeof content === 'string' && content !== '') return content;
  return typeof reasoning === 'string' ? reasoning : '';
}

/** vLLM tells in `stop_reason` which stop sequence was hit (wire case 138); a number there is a token's id. */
export function hitSequence(choice: JsonObject): string | null {
  const { stop_reason: hit } = choice;
  return typeof hit === 'string' && hit !== '' ? hit : null;
}
