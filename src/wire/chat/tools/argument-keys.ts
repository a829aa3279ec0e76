import type { JsonObject } from '../../json/value.ts';

/** The client's property names by the names that were sent, for the tools with changed ones, by the tool's sent name. */
export type ArgumentKeys = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** A string of a JSON text, and the colon after it if it is a key. Text that was cut off may end inside a string. */
const STRING = /"([^"\\]*(?:\\[^][^"\\]*)*)(?:"(\s*:)?|$)/g;

/**
 * Restores the client's property names in the arguments of a call. Only the names change, so numbers keep their digits
 * (wire case 99), and text that was cut off is restored as far as it goes. Names that were sent contain a hash, so
 * nested keys are not affected.
 */
export function restoreKeys(json: string, keys: ReadonlyMap<string, string>): string {
  return json.replace(STRING, (text, name: string, colon: string | undefined) => {
    const original = colon === undefined ? undefined : keys.get(name);
    return original === undefined ? text : `${JSON.stringify(original)}${colon ?? ''}`;
  });
}

/** Changes the names in the arguments of an earlier call like those in the tool's schema. */
export function renameKeys(input: JsonObject, keys: ReadonlyMap<string, string>): JsonObject {
  const sent = new Map(Array.from(keys, ([renamed, original]) => [original, renamed]));
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [sent.get(name) ?? name, value]));
}
