/** Digits that a double may not represent exactly, or a spelling that is lost in a double (`1.0`, `1e3`, `-0`). */
const INEXACT = /\d{16}|\d[.eE][\d+-]|-0/;

/** May the JSON contain numbers that `JSON.parse` changes? May return false positives, never false negatives. */
export function holdsInexact(text: string): boolean {
  return INEXACT.test(text);
}

/**
 * Parses JSON so that `JSON.stringify` preserves the spelling of every number: an 18-digit id in tool arguments must
 * not be rounded (wire case 99). Throws a `SyntaxError`. A number that would change becomes a `JSON.rawJSON` object,
 * so the result is for serialization, not for arithmetic.
 */
export function parseExact(text: string): unknown {
  return holdsInexact(text) ? (JSON.parse(text, preserveNumber) as unknown) : (JSON.parse(text) as unknown);
}

function preserveNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return rawJson(source);
}

/** ECMAScript 2026, not in TypeScript's library yet. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
