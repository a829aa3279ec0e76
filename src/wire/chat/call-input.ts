import { parseExact } from '../json/exact.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';

/**
 * The arguments of a call as an object, which some wires require. Anything else is wrapped, so that the tool rejects it
 * instead of running without arguments (wire cases 65, 66). The spelling of numbers is preserved (case 99).
 */
export function callInput(text: string): JsonObject {
  if (text.trim() === '') return {};
  try {
    // `parseExact` may represent a number as an object, so the text is checked as well.
    const parsed = parseExact(text);
    return isJsonObject(parsed) && text.trimStart().startsWith('{') ? parsed : { value: parsed };
  } catch {
    return { invalid_json: text };
  }
}
