import { isJsonObject } from '../../json/value.ts';

/** Keys that are merged from many chunks. */
export type Fields = Record<string, unknown>;

/** Without a prototype, so that `__proto__` is an ordinary key (wire case 98). */
export function newFields(): Fields {
  return Object.create(null) as Fields;
}

/** Keeps the first non-empty value: Azure begins with `"id":"","created":0` (wire case 29). */
export function keepFirst(fields: Fields, key: string, value: unknown): void {
  const known = fields[key];
  if (known === undefined || known === 0 || isEmpty(known)) fields[key] = value ?? known;
}

/**
 * Keeps the last non-empty value. Lists are concatenated; objects, such as Groq's, are merged with the later keys on
 * top.
 */
export function keepLast(fields: Fields, key: string, value: unknown): void {
  const known = fields[key];
  if (known !== undefined && isEmpty(value)) return;
  if (Array.isArray(known) && Array.isArray(value)) {
    for (const item of value as readonly unknown[]) known.push(item);
  } else if (isJsonObject(known) && isJsonObject(value)) fields[key] = { ...known, ...value };
  else fields[key] = value;
}

/** Appends a text fragment; null is kept until text comes. */
export function keepText(fields: Fields, key: string, value: unknown): void {
  const known = fields[key];
  if (typeof value !== 'string') {
    if (known === undefined) keepLast(fields, key, value);
  } else fields[key] = typeof known === 'string' ? known + value : value;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}
