import { isJsonObject } from '../../json/value.ts';
import type { MutableJson, Rule } from './rule.ts';

/** The key is there on every choice, null until the end; some servers leave it out or write an empty string. */
export const finishKey: Rule = {
  name: 'finish_reason on every choice',
  cases: [30],
  choice: nullFinish,
  message: nullFinish,
};

function nullFinish(choice: MutableJson): boolean {
  const { finish_reason: finish } = choice;
  if (finish === null || (typeof finish === 'string' && finish !== '')) return false;
  choice['finish_reason'] = null;
  return true;
}

/** A choice finishes once: what a server says again is null. */
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
 * The finish reason says whether tools were called: `stop` after calls ends an agent early (older Ollama), `tool_calls`
 * without one sends it looking for a call that is not there. To run after the rules for calls.
 */
export const finishFitsCalls: Rule = {
  name: 'the finish reason tells of the calls',
  cases: [62, 63],
  choice: (choice, delta, state) => {
    if (isJsonObject(delta['function_call'])) state.olderCall = true;
    const { finish_reason: finish } = choice;
    if (finish === null) return false;
    return fit(
      choice,
      state.calls.some((call) => call.opened),
      state.olderCall,
    );
  },
  message: (choice, message) => {
    const { tool_calls: calls, function_call: older } = message;
    return fit(choice, Array.isArray(calls) && calls.length > 0, isJsonObject(older));
  },
};

function fit(choice: MutableJson, called: boolean, calledOlder: boolean): boolean {
  const { finish_reason: finish } = choice;
  if (finish === 'stop' && called) choice['finish_reason'] = 'tool_calls';
  else if (finish === 'tool_calls' && !called && !calledOlder) choice['finish_reason'] = 'stop';
  else return false;
  return true;
}
