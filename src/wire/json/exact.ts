/** Digits that may not fit a double, or a spelling that a double does not keep (`1.0`, `1e3`, `-0`). */
const INEXACT = /\d{16}|\d[.eE][\d+-]|-0/;

/** Does the JSON hold numbers that `JSON.parse` may change? Rather yes than no. */
export function holdsInexact(text: string): boolean {
  return INEXACT.test(text);
}

/**
 * Parses JSON so that `JSON.stringify` writes every number the way it was written: an id of 18 digits in a tool's
 * arguments must not be rounded (wire case 99). Throws a `SyntaxError`. Where a number would change, its place holds
 * an object of `JSON.rawJSON`: the result is for writing on, not for reckoning.
 */
export function parseExact(text: string): unknown {
  return holdsInexact(text) ? (JSON.parse(text, keepNumber) as unknown) : (JSON.parse(text) as unknown);
}

function keepNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || String(value) === source) return value;
  return rawJson(source);
}

/** ECMAScript 2026; TypeScript's library does not know it yet. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };
