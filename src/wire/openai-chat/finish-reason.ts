import type { FinishReason } from '../../protocol/chat.ts';
import { filledString, type JsonObject } from '../json/value.ts';

/** The older word for a call, for clients that sent `functions` (wire case 76). */
export const LEGACY_CALL_FINISH = 'function_call';

/** OpenAI's word for why a reply ended. */
export function writeFinishReason(reason: FinishReason): string {
  switch (reason) {
    case 'tool-calls':
      return 'tool_calls';
    case 'content-filter':
      return 'content_filter';
    default:
      return reason;
  }
}

/**
 * What OpenAI's word means; `function_call` is the older word for a call (wire case 76). A word that is not known yet
 * is an ordinary end.
 */
export function readFinishReason(word: string): FinishReason {
  switch (word) {
    case 'length':
      return 'length';
    case 'tool_calls':
    case LEGACY_CALL_FINISH:
      return 'tool-calls';
    case 'content_filter':
      return 'content-filter';
    default:
      return 'stop';
  }
}

/** vLLM reports in `stop_reason` which stop sequence was hit (wire case 138); a number there is a token's id. */
export function hitSequence(choice: JsonObject): string | null {
  return filledString(choice['stop_reason']);
}
