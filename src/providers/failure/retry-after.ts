/** The longest pause that an upstream may ask for, in milliseconds (DESIGN section 6, reliability R16). */
const MAX_PAUSE_MS = 600_000;

/**
 * How long the upstream asks us to stay away, in milliseconds from 0 to 600,000; null when it does not say or says
 * nothing sensible (reliability F5, R16; wire case 118). `retry-after-ms` is OpenAI's finer form; a date counts from
 * the upstream's own `date`, else from `wallMs`.
 */
export function readRetryAfter(header: (name: string) => string | null, wallMs: number): number | null {
  const fine = readNumber(header('retry-after-ms'));
  if (fine !== null) return clamp(fine);
  const text = header('retry-after');
  const seconds = readNumber(text);
  if (seconds !== null) return clamp(seconds * 1_000);
  const until = readDate(text);
  return until === null ? null : clamp(until - (readDate(header('date')) ?? wallMs));
}

function readNumber(text: string | null): number | null {
  return text !== null && /^\s*-?\d+(?:\.\d+)?\s*$/.test(text) ? Number(text) : null;
}

/** Every form of date that HTTP allows holds a time; `Date.parse` alone would make a date of `x 1`. */
function readDate(text: string | null): number | null {
  if (text === null || !/\d\d:\d\d:\d\d/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

function clamp(ms: number): number {
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_PAUSE_MS);
}
