import { scanFields } from '../../json/scan.ts';
import { numberEnd, stringEnd } from '../../json/scalar-end.ts';

const QUOTE = 0x22;
const BRACE = 0x7b;

/**
 * The top-level keys of a chunk that the rules read: an event with another value of one of these must be parsed, except
 * for `REPLACED`. A test compares the list with what the rules read.
 */
export const READ_KEYS: ReadonlySet<string> = new Set([
  ...['id', 'object', 'created', 'model', 'choices', 'usage', 'error', 'type'],
  ...['x_groq', 'timings', 'base_resp', 'content', 'reasoning_content'],
]);

/** Keys whose value the rules replace by that of the whole stream once it has one, whatever it is. */
const REPLACED: ReadonlySet<string> = new Set(['id', 'created']);

/** A range of bytes whose content may vary: a number, or a string without its quotes. */
export interface VaryingValue {
  readonly key: string;
  readonly isNumber: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * The values of an event that later ones may have otherwise, by key: strings and numbers at the top level that no rule
 * reads, or that are replaced. Empty if the event is not one plain JSON object.
 */
export function varyingValues(buffer: Buffer, start: number, end: number): ReadonlyMap<string, VaryingValue> {
  const found = new Map<string, VaryingValue>();
  const open = buffer.indexOf(BRACE, start);
  const names = new Set<string>();
  for (const { name, keyStart, keyEnd, valueStart, valueEnd } of fieldsFrom(buffer, open, end)) {
    // An escaped or repeated key: not worth the care that it needs.
    if (keyEnd - keyStart !== Buffer.byteLength(name) + 2 || names.has(name)) return new Map();
    names.add(name);
    const value = scalarAt(buffer, name, open + valueStart, open + valueEnd);
    if (value !== null && mayVary(name)) found.set(name, value);
  }
  return found;
}

/** Does every event that goes out in canonical form have the value of the stream under this key? */
export function isReplaced(key: string): boolean {
  return REPLACED.has(key);
}

function mayVary(key: string): boolean {
  return REPLACED.has(key) || !READ_KEYS.has(key);
}

function scalarAt(buffer: Buffer, key: string, start: number, end: number): VaryingValue | null {
  if (buffer[start] === QUOTE) {
    return stringEnd(buffer, start + 1, end) === end - 1
      ? { key, isNumber: false, start: start + 1, end: end - 1 }
      : null;
  }
  return numberEnd(buffer, start, end) === end ? { key, isNumber: true, start, end } : null;
}

/** Offsets count from `open`. */
function fieldsFrom(buffer: Buffer, open: number, end: number): ReturnType<typeof scanFields> {
  try {
    return open < 0 || open >= end ? [] : scanFields(buffer.subarray(open, end));
  } catch {
    // Deeper than the scan allows, or longer.
    return [];
  }
}
