import { isJsonObject } from '../../json/value.ts';
import type { MutableJson } from './rule.ts';

/** The arguments of a call without any. */
export const NO_ARGUMENTS = '{}';

/** Puts a single call that stands without a list into one; whether it did. */
export function listCalls(message: MutableJson): boolean {
  const { tool_calls: calls } = message;
  if (!isJsonObject(calls)) return false;
  message['tool_calls'] = [calls];
  return true;
}

/** Arguments as text: some servers send the object itself. Null when there are none. */
export function argumentsText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return isJsonObject(value) ? JSON.stringify(value) : null;
}
