import type { WarningList } from '../../warning-list.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import type { OpenAiTraits } from '../dialect.ts';

const NOTHING: JsonObject = {};

/**
 * The fields that make a server continue a final assistant turn, which is the beginning of the reply for clients of
 * the Messages wire (prefill). A server that begins a new turn is a warning: the model sees the text as a finished
 * answer. A final turn with calls is none.
 */
export function encodePrefill(
  messages: readonly JsonObject[],
  prefill: OpenAiTraits['prefill'],
  warnings: WarningList,
): JsonObject {
  const last = messages.at(-1);
  if (last?.['role'] !== 'assistant' || last['tool_calls'] !== undefined) return NOTHING;
  if (filledString(last['content']) === null) return NOTHING;
  if (isJsonObject(prefill)) return prefill;
  if (prefill === 'new turn') warnings.changed('messages (prefill as a finished turn)');
  return NOTHING;
}
