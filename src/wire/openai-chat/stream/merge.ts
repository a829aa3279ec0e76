import { isJsonObject } from '../../json/value.ts';

/** Keys that are put together from many chunks. */
export type Fields = Record<string, unknown>;

/** Without a prototype, so that `__proto__` is a key like any other (wire case 98). */
export function newFields(): Fields {
  return Object.create(null) as Fields;
}

/** The first value that says something stays: Azure begins with `"id":"","created":0` (wire case 29). */
export function keepFirst(fields: Fields, key: string, value: unknown): void {
  const known = fields[key];
  if (known === undefined || known === 0 || isEmpty(known)) fields[key] = value ?? known;
}

/**
 * The last value that says something stays. Lists are pieces of one list; of objects, such as Groq's, the later one's
 * keys are laid over the earlier one's.
 */
export function keepLast(fields: Fields, key: string, value: unknown): void {
  const known = fields[key];
  if (known !== undefined && isEmpty(value)) return;
  if (Array.isArray(known) && Array.isArray(value)) {
    for (const item of value as readonly unknown[]) known.push(item);
  } else if (isJsonObject(known) && isJsonObject(value)) fields[key] = { ...known, ...value };
  else fields[key] = value;
}

/** Appends a piece of text; null is kept as long as no text comes. */
export function keepText(fields: Fields, key: string, value: unknown): void {
  const known = fields[key];
  if (typeof value !== 'string') {
    if (known === undefined) keepLast(fields, key, value);
  } else fields[key] = typeof known === 'string' ? known + value : value;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}
