import type { FinishReason } from '../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../json-value.ts';

/** What a stop reason means to a client (wire-formats 3.2); a reason that is not known yet is an ordinary end. */
export function finishReason(stopReason: string): FinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'content_filter';
    default:
      return 'stop';
  }
}

/** The vendor's explanation beside a `refusal` (wire case 112). */
export function refusalWords(message: JsonObject): string | null {
  const details = message['stop_details'];
  return isJsonObject(details) ? filledString(details['explanation']) : null;
}
