import { isJsonObject } from '../../json/value.ts';
import type { MutableJson } from './context.ts';

/** The arguments of a call without arguments. */
export const NO_ARGUMENTS = '{}';

/** Wraps a single call that is not in a list; returns whether it did. */
export function listCalls(message: MutableJson): boolean {
  const { tool_calls: calls } = message;
  if (!isJsonObject(calls)) return false;
  message['tool_calls'] = [calls];
  return true;
}

/** Arguments as text: some servers send an object. Null when absent. */
export function argumentsText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : null;
}

/**
 * Arguments for a call of a custom tool, whose input is free text: other wires and the neutral vocabulary know only
 * function calls, so the text becomes the member `input` of a JSON object.
 */
export const customArguments = {
  /** The arguments of a complete call. */
  complete: (input: string): string => JSON.stringify({ input }),
  /** The JSON fragment for a fragment of the text. */
  fragment: (text: string, isFirst: boolean): string =>
    (isFirst ? '{"input":"' : '') + JSON.stringify(text).slice(1, -1),
  /** The end of the JSON text. */
  end: (isEmpty: boolean): string => (isEmpty ? '{"input":""}' : '"}'),
};
