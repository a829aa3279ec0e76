import type { FinishReason } from '../../protocol/chat.ts';
import { abortedReply, finishMeaning } from '../finish-words.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';

/**
 * The neutral finish reason of a stop reason. `called`: the reply contains tool calls, which take precedence over what
 * the server reports (wire cases 62, 63). Clients of other wires cannot continue after a pause of Anthropic's server
 * tools, so it becomes `stop` (wire case 113), as do unknown reasons. Throws as `matchingReason` does.
 */
export function finishReason(stopReason: string, called: boolean): FinishReason {
  switch (ownReason(stopReason)) {
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

/**
 * The stop reason that matches the reply's content, in Anthropic's words: some servers send `end_turn` after a call
 * (wire cases 62, 63), or another API's words (240). Throws a `WireFault` `cut` for a reason that reports a failure.
 */
export function matchingReason(stopReason: string, called: boolean): string {
  const reason = ownReason(stopReason);
  if (APART_FROM_CALLS.has(reason) || (reason === 'tool_use') === called) return reason;
  return called ? 'tool_use' : 'end_turn';
}

/** Anthropic's words for the meanings that other APIs' words have. */
const OWN_WORDS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
};

function ownReason(stopReason: string): string {
  if (APART_FROM_CALLS.has(stopReason) || stopReason === 'end_turn' || stopReason === 'tool_use')
    return stopReason;
  const meaning = finishMeaning(stopReason);
  if (meaning === 'failure') throw abortedReply(stopReason);
  return meaning === null ? stopReason : OWN_WORDS[meaning];
}

/** Anthropic's explanation of a `refusal` (wire case 112). */
export function refusalExplanation(message: JsonObject): string | null {
  const details = message['stop_details'];
  return isJsonObject(details) ? filledString(details['explanation']) : null;
}
