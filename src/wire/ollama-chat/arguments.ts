import { parseExact } from '../json/exact.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';

/**
 * The arguments of a call as the object that `/api/chat` has. Blank text is an empty object; what is not an object is
 * wrapped, so that the tool rejects it instead of running without arguments (wire cases 65, 66, 154). The order of keys
 * and the spelling of numbers are preserved (case 99). `onWrapped` is called if it is wrapped.
 */
export function argumentsObject(given: unknown, onWrapped?: () => void): JsonObject {
  if (typeof given !== 'string') return objectOf(given ?? {});
  if (given.trim() === '') return {};
  try {
    const parsed = parseExact(given);
    // `parseExact` may represent a number as an object.
    if (given.trimStart().startsWith('{')) return objectOf(parsed);
    onWrapped?.();
    return { value: parsed };
  } catch {
    onWrapped?.();
    return { invalid_json: given };
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : { value };
}
