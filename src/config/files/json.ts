/** A value in a configuration file. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. Layers are merged in this form, before validation. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Narrows to an object: not a list, null or primitive. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Narrows to a list; `Array.isArray` does not narrow read-only lists. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object at a key; empty when there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isObject(value) ? value : {};
}

/** The value at a path, or undefined. Inherited keys are ignored. */
export function valueAt(root: Json, path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path) {
    if (typeof part === 'number') value = isList(value) ? value[part] : undefined;
    else value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** A copy with each value mapped by `change`; values mapped to undefined are dropped. */
export function mapObject(
  object: JsonObject,
  change: (value: Json, key: string) => Json | undefined,
): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(object)) {
    const changed = change(value, key);
    if (changed !== undefined) entries.push([key, changed]);
  }
  // fromEntries defines keys, so `__proto__` stays an ordinary key.
  return Object.fromEntries(entries);
}

/** A copy without null values, which in a layer remove values of weaker layers. Lists are kept unchanged. */
export function withoutNulls(object: JsonObject): JsonObject {
  return mapObject(object, (value) =>
    value === null ? undefined : isObject(value) ? withoutNulls(value) : value,
  );
}

/** A copy without the value at a path; for a path inside a list, without the whole list. */
export function withoutPath(object: JsonObject, path: readonly (string | number)[]): JsonObject {
  const [head, ...rest] = path;
  return mapObject(object, (value, key) => {
    if (key !== head) return value;
    if (rest.length === 0 || !isObject(value)) return undefined;
    return withoutPath(value, rest);
  });
}

/** JSON with sorted keys: equal values give equal text, whatever the order of their keys. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
