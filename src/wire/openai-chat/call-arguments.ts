import type { JsonCursor } from '../json/cursor.ts';

/** No longer text of arguments means the same as none. */
const BLANK_LENGTH = 4;

/** Does the last string, as arguments of a call, mean that there are none (wire cases 61, 65)? */
export function isBlankArguments(cursor: JsonCursor): boolean {
  if (cursor.stringBytes > BLANK_LENGTH) return false;
  const text = cursor.string().trim();
  return text === '' || text === 'null';
}

/**
 * Passes the arguments of a call at the cursor; returns the JSON to send in their place, null if they stay. An object
 * in place of its text, which some clients send, is written as text.
 */
export function argumentsJson(cursor: JsonCursor): string | null {
  const first = cursor.peek();
  const start = cursor.position;
  if (cursor.passString()) return isBlankArguments(cursor) ? NO_ARGUMENTS : null;
  cursor.skipValue();
  if (first === 0x6e) return NO_ARGUMENTS;
  return first === 0x7b ? JSON.stringify(cursor.bytes.toString('utf8', start, cursor.position)) : null;
}

const NO_ARGUMENTS = '"{}"';
