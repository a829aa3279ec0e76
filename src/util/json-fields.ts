/** A JSON object with unvalidated fields; empty when the value is not an object. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The elements of a JSON array; null when the value is not an array. */
export function elements(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? (value as unknown[]) : null;
}

/** A non-empty string; null otherwise. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A positive finite number; null otherwise, since engines use 0 and null for "unknown". */
export function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

/** A boolean; null otherwise. */
export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** Drops keys whose value is null, so that absence means "unknown" (`Capabilities`). */
export function known<T extends Record<string, unknown>>(values: {
  [K in keyof T]: T[K] | null;
}): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as Partial<T>;
}

/** Bytes in gigabytes (10⁹) with one decimal, of less than a gigabyte with two digits (0.014); null stays null. */
export function gigabytes(bytes: number | null): number | null {
  if (bytes === null) return null;
  const gb = bytes / 1e9;
  return gb < 1 ? Number(gb.toPrecision(2)) : Math.round(gb * 10) / 10;
}
