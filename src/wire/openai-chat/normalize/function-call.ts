import { WireFault } from '../../fault.ts';
import { filledString, isJsonObject } from '../../json/value.ts';
import { isCutShort } from './finish.ts';
import type { MutableJson } from './context.ts';
import type { Rule } from './rule.ts';
import type { LegacyCallState } from './state.ts';
import { argumentsText, listCalls } from './call-values.ts';

/**
 * The legacy `function_call` (case 76), one per choice. Its first delta has the name and arguments, later ones only
 * arguments; clients concatenate them. llama-cpp-python writes each call in both formats at once; a call that switches
 * its format is a fault, since no reader combines both.
 */
export const legacyCall: Rule = {
  name: 'function_call named once, and with arguments',
  cases: [59, 61, 76],
  choice: (choice, delta, state) => {
    let changed = listCalls(delta);
    const { function_call: given, tool_calls: newer } = delta;
    if (isJsonObject(given)) {
      if (state.calls.length > 0 && newer === undefined) throw mixedFormats();
      const isFirst = state.legacyCall === null;
      state.legacyCall ??= { name: '', hasArguments: false };
      if (takeLegacyCall(delta, given, state.legacyCall, isFirst)) changed = true;
    }
    const { legacyCall: call } = state;
    if (call !== null && given === undefined && Array.isArray(newer) && newer.length > 0)
      throw mixedFormats();
    const { finish_reason: finish } = choice;
    if (call === null || finish === null) return changed;
    if (call.name === '') throw new WireFault('malformed', 'the stream has a function call without a name');
    if (call.hasArguments || isCutShort(finish)) return changed;
    call.hasArguments = true;
    delta['function_call'] = { ...(delta['function_call'] as object | undefined), arguments: '{}' };
    return true;
  },
  message: (choice, message) => {
    const { function_call: given } = message;
    if (!isJsonObject(given)) return false;
    const text = argumentsText(given['arguments']) ?? '';
    const complete = text === '' && !isCutShort(choice['finish_reason']) ? '{}' : text;
    if (complete === given['arguments']) return false;
    message['function_call'] = { ...given, arguments: complete };
    return true;
  },
};

function mixedFormats(): WireFault {
  return new WireFault('malformed', 'the stream mixes function_call and tool_calls');
}

function takeLegacyCall(
  delta: MutableJson,
  given: Readonly<Record<string, unknown>>,
  call: LegacyCallState,
  isFirst: boolean,
): boolean {
  const name = filledString(given['name']);
  const hasNameFragment = name !== null && name !== call.name && !call.hasArguments;
  if (hasNameFragment) call.name += name;
  const text = argumentsText(given['arguments']) ?? '';
  if (text !== '') call.hasArguments = true;
  const isCanonical = given['arguments'] === text && (given['name'] === undefined) === !hasNameFragment;
  if (isCanonical || (isFirst && given['arguments'] === undefined)) return false;
  delta['function_call'] = { ...given, name: hasNameFragment ? name : undefined, arguments: text };
  return true;
}
