/** A parsed JSON object whose keys are not known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Is it an object, and neither null nor an array? */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The string when it is one and not empty, else null. */
export function filledString(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The number when it is a finite one, else null. */
export function finiteNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A count of tokens: the number when it is one that can be counted to, else null, and the count is unknown. */
export function tokenCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
