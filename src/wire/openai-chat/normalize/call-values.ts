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
