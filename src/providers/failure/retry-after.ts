/** The longest pause that an upstream may request, in milliseconds. */
const MAX_PAUSE_MS = 600_000;

/**
 * The pause that the upstream requests, clamped to 0 to 600,000 ms; null when it requests none or the value is invalid
 * (wire case 118). `retry-after-ms` is OpenAI's more precise form; a date is relative to the upstream's `date` header,
 * or to `wallMs` without one.
 */
export function readRetryAfter(header: (name: string) => string | null, wallMs: number): number | null {
  const ms = readNumber(header('retry-after-ms'));
  if (ms !== null) return clamp(ms);
  const text = header('retry-after');
  const seconds = readNumber(text);
  if (seconds !== null) return clamp(seconds * 1_000);
  const until = readDate(text);
  return until === null ? null : clamp(until - (readDate(header('date')) ?? wallMs));
}

function readNumber(text: string | null): number | null {
  return text !== null && /^\s*-?\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : null;
}

/** Requires a time, which every HTTP date has: `Date.parse` alone would accept `x 1`. */
function readDate(text: string | null): number | null {
  if (text === null || !/\d\d:\d\d:\d\d/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

function clamp(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_PAUSE_MS);
}
