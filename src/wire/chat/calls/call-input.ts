import { parseExact } from '../../json/exact.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** The arguments of a call as an object. */
export interface CallInput {
  readonly input: JsonObject;
  /** They were no object: the tool rejects the wrapped value. */
  readonly isWrapped: boolean;
}

/**
 * Reads the arguments of a call as an object, which some wires require: from text, or as a server sent them. Blank text
 * is an empty object. Anything else than an object is wrapped, so that the tool rejects it instead of running without
 * arguments (wire cases 65, 66, 154). The order of keys and the spelling of numbers are preserved (case 99).
 */
export function readCallInput(given: unknown): CallInput {
  if (typeof given !== 'string') return wrapUnlessObject(given ?? {});
  if (given.trim() === '') return { input: {}, isWrapped: false };
  try {
    const parsed = parseExact(given);
    // `parseExact` may represent a number as an object.
    return given.trimStart().startsWith('{') ? wrapUnlessObject(parsed) : wrapped({ value: parsed });
  } catch {
    return wrapped({ invalid_json: given });
  }
}

/** `readCallInput` without the note. */
export function callInput(given: unknown): JsonObject {
  return readCallInput(given).input;
}

function wrapUnlessObject(value: unknown): CallInput {
  return isJsonObject(value) ? { input: value, isWrapped: false } : wrapped({ value });
}

function wrapped(input: JsonObject): CallInput {
  return { input, isWrapped: true };
}
