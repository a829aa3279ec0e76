import type { FinishReason } from '../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';

/**
 * The neutral finish reason of a stop reason. `called`: the reply contains tool calls, which take precedence over what
 * the server reports (wire cases 62, 63). Clients of other wires cannot continue after a pause of Anthropic's server
 * tools, so it becomes `stop` (wire case 113), as do unknown reasons.
 */
export function finishReason(stopReason: string, called: boolean): FinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'content-filter';
    case 'pause_turn':
      return 'stop';
    default:
      return called ? 'tool-calls' : 'stop';
  }
}

/**
 * Reasons that are independent of calls: the reply was cut off or paused, or hit one of the client's stop sequences.
 */
const APART_FROM_CALLS: ReadonlySet<string> = new Set([
  'max_tokens',
  'model_context_window_exceeded',
  'refusal',
  'pause_turn',
  'stop_sequence',
]);

/** The stop reason that matches the reply's content: some servers send `end_turn` after a call (wire cases 62, 63). */
export function matchingReason(stopReason: string, called: boolean): string {
  if (APART_FROM_CALLS.has(stopReason) || (stopReason === 'tool_use') === called) return stopReason;
  return called ? 'tool_use' : 'end_turn';
}

/** Anthropic's explanation of a `refusal` (wire case 112). */
export function refusalExplanation(message: JsonObject): string | null {
  const details = message['stop_details'];
  return isJsonObject(details) ? filledString(details['explanation']) : null;
}
