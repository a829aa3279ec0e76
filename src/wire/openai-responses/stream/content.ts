import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** Items without content until their text comes. */
const TEXTS: ReadonlySet<unknown> = new Set(['message', 'reasoning']);

/**
 * Does a canonical event commit a stream: with text, reasoning, a call, the work of a hosted tool, or the end? The
 * announcement of a message or of reasoning does not, nor does progress.
 */
export function carriesContent({ type, item }: JsonObject): boolean {
  switch (type) {
    case 'response.created':
    case 'response.in_progress':
    case 'response.queued':
    case 'response.content_part.added':
    case 'response.reasoning_summary_part.added':
      return false;
    case 'response.output_item.added':
      return isJsonObject(item) && !TEXTS.has(item['type']);
    default:
      return typeof type === 'string' && type.startsWith('response.');
  }
}
