import { parseExact } from '../json/exact.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';

/**
 * The arguments of a call as the object that `/api/chat` has. Blank text is an empty object; what is not an object is
 * wrapped, so that the tool rejects it instead of running without arguments (wire cases 65, 66, 154). The order of keys
 * and the spelling of numbers are preserved (case 99).
 */
export function argumentsObject(given: unknown): JsonObject {
  if (typeof given !== 'string') return objectOf(given ?? {});
  if (given.trim() === '') return {};
  try {
    const parsed = parseExact(given);
    // `parseExact` may represent a number as an object.
    return given.trimStart().startsWith('{') ? objectOf(parsed) : { value: parsed };
  } catch {
    return { invalid_json: given };
  }
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : { value };
}
