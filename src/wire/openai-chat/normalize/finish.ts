import { abortedReply, finishMeaning, isNoFinish, requireFinish } from '../../finish-words.ts';
import { isJsonObject } from '../../json/value.ts';
import { writeFinishReason } from '../finish-reason.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';

/** OpenAI's own words for the end of a reply; other servers use others for the same. */
const OWN_WORDS: ReadonlySet<unknown> = new Set([
  ...['stop', 'length', 'content_filter', 'tool_calls', 'function_call'],
]);
/** Finish reasons that may come in the middle of a call; after any other, the calls are complete (cases 61, 64). */
const CUTS: ReadonlySet<unknown> = new Set(['length', 'content_filter']);

/** May this finish reason leave a call incomplete? */
export function isCutShort(finish: unknown): boolean {
  return CUTS.has(finish);
}

/** Throws a `WireFault` `cut` for a finish reason that reports a failure of the server. */
export function requireNotAborted(finish: unknown): void {
  if (typeof finish === 'string') ownWord(finish);
}

/** OpenAI's word for a finish reason; an unknown one stays. Throws as `requireNotAborted` does. */
function ownWord(finish: string): string {
  if (OWN_WORDS.has(finish)) return finish;
  const meaning = finishMeaning(finish);
  if (meaning === 'failure') throw abortedReply(finish);
  return meaning === null ? finish : writeFinishReason(meaning);
}

/**
 * Every choice has the key, null until the end; some servers omit it or write an empty string. Other servers' words for
 * an end become OpenAI's: clients take an unknown word for a whole answer. Throws a `WireFault` `cut` for a finish
 * reason that reports a failure, and for a whole reply with none.
 */
export const finishKey: Rule = {
  name: "finish_reason on every choice, in OpenAI's words",
  cases: [30, 240],
  choice: checkFinish,
  message: (choice) => {
    requireFinish(choice['finish_reason']);
    return checkFinish(choice);
  },
};

function checkFinish(choice: MutableJson): boolean {
  const { finish_reason: finish } = choice;
  if (finish === null) return false;
  const word = isNoFinish(finish) ? null : ownWord(finish as string);
  choice['finish_reason'] = word;
  return word !== finish;
}

/** A choice finishes once: a repeated finish reason becomes null. */
export const finishOnce: Rule = {
  name: 'one finish reason a choice',
  cases: [30],
  choice: (choice, _delta, state) => {
    if (!state.finished || choice['finish_reason'] === null) return false;
    choice['finish_reason'] = null;
    return true;
  },
};

/**
 * The finish reason matches whether tools were called: `stop` after calls ends an agent early (older Ollama),
 * `tool_calls` without a call makes it look for one. Must run after the rules for calls.
 */
export const finishFitsCalls: Rule = {
  name: 'the finish reason matches the calls',
  cases: [62, 63],
  choice: (choice, _delta, state) => {
    if (choice['finish_reason'] === null) return false;
    const hasCalls = state.calls.some((call) => call.opened);
    return fit(choice, hasCalls, state.legacyCall !== null);
  },
  message: (choice, message) => {
    const { tool_calls: calls, function_call: legacy } = message;
    return fit(choice, Array.isArray(calls) && calls.length > 0, isJsonObject(legacy));
  },
};

function fit(choice: MutableJson, hasCalls: boolean, hasLegacyCall: boolean): boolean {
  const { finish_reason: finish } = choice;
  if (isCutShort(finish) || finish === null) return false;
  const reportsCalls = finish === 'tool_calls' || finish === 'function_call';
  if (reportsCalls === (hasCalls || hasLegacyCall)) return false;
  const called = hasCalls ? 'tool_calls' : 'function_call';
  choice['finish_reason'] = reportsCalls ? 'stop' : called;
  return true;
}
