import type { FinishReason } from '../../protocol/chat.ts';
import { filledString, type JsonObject } from '../json/value.ts';

/** The legacy finish reason of a call, for clients that sent `functions` (wire case 76). */
export const LEGACY_CALL_FINISH = 'function_call';

/** OpenAI's finish reason for the end of a reply. */
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
 * Parses OpenAI's finish reason; `function_call` is the legacy value for a call (wire case 76). Unknown values count as
 * `stop`.
 */
export function readFinishReason(value: string): FinishReason {
  switch (value) {
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

/**
 * The stop sequence that was hit, which vLLM reports in `stop_reason` (wire case 138); a number there is a token id.
 */
export function hitSequence(choice: JsonObject): string | null {
  return filledString(choice['stop_reason']);
}
