/** A value as a configuration file holds it. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** Keys with values; layers are merged on this form, before anything is known of their meaning. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Tells objects from lists, null and plain values. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list; `Array.isArray` alone does not narrow read-only lists. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object under a key; empty when there is none. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return isObject(value) ? value : {};
}

/** The value at a path, or undefined; only an object's own keys count. */
export function valueAt(root: Json, path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path) {
    if (typeof part === 'number') value = isList(value) ? value[part] : undefined;
    else value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  }
  return value;
}

/** A copy with each value changed by `change`, which may leave one out by returning undefined. */
export function mapObject(
  object: JsonObject,
  change: (value: Json, key: string) => Json | undefined,
): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(object)) {
    const changed = change(value, key);
    if (changed !== undefined) entries.push([key, changed]);
  }
  // fromEntries defines keys, so that a key `__proto__` stays a key.
  return Object.fromEntries(entries);
}

/** A copy without the keys whose value is null: in a layer they remove what lies below. Lists are kept as they are. */
export function withoutNulls(object: JsonObject): JsonObject {
  return mapObject(object, (value) =>
    value === null ? undefined : isObject(value) ? withoutNulls(value) : value,
  );
}

/** A copy without the value at a path; inside a list the whole list goes. */
export function withoutPath(object: JsonObject, path: readonly (string | number)[]): JsonObject {
  const [head, ...rest] = path;
  return mapObject(object, (value, key) => {
    if (key !== head) return value;
    if (rest.length === 0 || !isObject(value)) return undefined;
    return withoutPath(value, rest);
  });
}

/** JSON with sorted keys: the same for equal values whatever the order they were written in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
