import type { FinishReason } from '../../protocol/chat.ts';
import { WireFault } from '../fault.ts';
import { abortedReply, finishMeaning } from '../finish-words.ts';
import { filledString, isJsonObject, type JsonObject } from '../json/value.ts';
import { errorFault } from '../stream/stream-fault.ts';

/** The states of a response that is not whole yet. */
const UNFINISHED: ReadonlySet<unknown> = new Set(['in_progress', 'queued']);

/**
 * Requires that a response has ended with an answer. Throws a `WireFault`: `error_event` if it names its error, `cut` if
 * it was aborted or is not whole.
 */
export function requireAnswer({ status, error }: JsonObject): void {
  if (isJsonObject(error) && Object.keys(error).length > 0) {
    throw errorFault(Buffer.from(JSON.stringify({ error })));
  }
  if (UNFINISHED.has(status)) throw new WireFault('cut', 'ended its reply before it was whole');
  if (status === 'failed' || status === 'cancelled') throw abortedReply(status);
}

/** Was the response cut off? vLLM 0.32 reports that only in its status, in an event `response.completed`. */
export function isIncomplete({ status, incomplete_details: details }: JsonObject): boolean {
  return status === 'incomplete' || (isJsonObject(details) && filledString(details['reason']) !== null);
}

/** Why a response ended. Throws a `WireFault` `cut` for a reason that reports a failure. */
export function finishOf(response: JsonObject, hasCalls: boolean): FinishReason {
  if (!isIncomplete(response)) return hasCalls ? 'tool-calls' : 'stop';
  const { incomplete_details: details } = response;
  const reason = isJsonObject(details) ? filledString(details['reason']) : null;
  const meaning = reason === null ? 'length' : finishMeaning(reason);
  if (meaning === 'failure' && reason !== null) throw abortedReply(reason);
  // A reply that is known to be incomplete never ends in a plain stop.
  return meaning === 'content-filter' ? meaning : 'length';
}
