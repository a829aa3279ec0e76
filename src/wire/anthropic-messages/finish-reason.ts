import type { FinishReason } from '../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';

/**
 * What a stop reason means to a client (wire-formats 3.2). `called`: the reply holds calls of tools, which decide over
 * what the server says of them (wire cases 62, 63). A pause of the vendor's own tools cannot be continued by other
 * clients and is an end to them (wire case 113); so is a reason that is not known yet.
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

/** Reasons that say nothing of calls: the reply broke off, waits, or hit one of the client's stop sequences. */
const APART_FROM_CALLS: ReadonlySet<string> = new Set([
  'max_tokens',
  'model_context_window_exceeded',
  'refusal',
  'pause_turn',
  'stop_sequence',
]);

/** The stop reason that fits what the reply holds: some servers say `end_turn` after a call (wire cases 62, 63). */
export function fittingReason(stopReason: string, called: boolean): string {
  if (APART_FROM_CALLS.has(stopReason) || (stopReason === 'tool_use') === called) return stopReason;
  return called ? 'tool_use' : 'end_turn';
}

/** The vendor's explanation beside a `refusal` (wire case 112). */
export function refusalWords(message: JsonObject): string | null {
  const details = message['stop_details'];
  return isJsonObject(details) ? filledString(details['explanation']) : null;
}
