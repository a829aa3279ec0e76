import { filledString, isJsonObject } from '../../json/value.ts';
import { argumentsText, listCalls, NO_ARGUMENTS } from './call-values.ts';
import { isCutShort } from './finish.ts';
import { newId } from '../../chat/ids.ts';
import type { MutableJson, NormalizeContext } from './context.ts';
import type { Rule } from './rule.ts';

/** The calls of a unary reply: each has a unique id, a type, and arguments as text. */
export const unaryCalls: Rule = {
  name: 'the calls of a unary reply are complete',
  cases: [61, 77],
  message: (choice, message, context) => {
    let changed = listCalls(message);
    const { tool_calls: calls } = message;
    if (!Array.isArray(calls) || calls.length === 0) return false;
    const isCut = isCutShort(choice['finish_reason']);
    const ids = new Set<unknown>();
    for (const call of calls as readonly unknown[]) {
      if (!isJsonObject(call)) continue;
      if (completeCall(call, isCut, ids, context)) changed = true;
      ids.add(call['id']);
    }
    return changed;
  },
};

/**
 * A message without calls has no list of them, and without annotations no null. vLLM writes both
 * (`ChatMessage` in its protocol.py); clients send the message back, and OpenAI answers 400 to an empty list ("[] is
 * too short - 'messages.1.tool_calls'").
 */
export const absentLists: Rule = {
  name: 'no empty list of calls in a unary reply',
  cases: [247],
  message: (_choice, message) => {
    const { tool_calls: calls, annotations } = message;
    const isEmpty = calls === null || (Array.isArray(calls) && calls.length === 0);
    if (isEmpty) message['tool_calls'] = undefined;
    if (annotations === null) message['annotations'] = undefined;
    return isEmpty || annotations === null;
  },
};

/** `ids`: of the previous calls. */
function completeCall(
  call: MutableJson,
  isCut: boolean,
  ids: ReadonlySet<unknown>,
  context: NormalizeContext,
): boolean {
  let changed = false;
  if (filledString(call['id']) === null || ids.has(call['id'])) {
    call['id'] = newId('call_', context.random);
    changed = true;
  }
  const { function: called } = call;
  if (!isJsonObject(called)) return changed;
  if (filledString(call['type']) === null) {
    call['type'] = 'function';
    changed = true;
  }
  const given = called['arguments'];
  const text = argumentsText(given) ?? '';
  const complete = text === '' && !isCut ? NO_ARGUMENTS : text;
  if (complete === given) return changed;
  call['function'] = { ...called, arguments: complete };
  return true;
}
