/** A JSON object whose fields are still to be looked at; what is none becomes an empty one. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** The elements of a JSON array; null when the value is none. */
export function elements(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? (value as unknown[]) : null;
}

/** A string that says something; null otherwise. */
export function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A number above zero; null otherwise, since engines write 0 and null for "unknown". */
export function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : null;
}

/** true or false as written; null when the value is neither. */
export function flag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** Leaves out the keys whose value is not known, so that absence means "unknown" (`Capabilities`). */
export function known<T extends Record<string, unknown>>(values: {
  [K in keyof T]: T[K] | null;
}): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as Partial<T>;
}

/** Bytes as gigabytes (10⁹) with one decimal, 0.1 at least; null stays null. */
export function gigabytes(bytes: number | null): number | null {
  return bytes === null ? null : Math.max(0.1, Math.round(bytes / 1e8) / 10);
}
