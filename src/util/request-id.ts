/** Request numbers per millisecond; further requests take those of the next one. */
export const NUMBERS_PER_MS = 4_096;

/** 2020-01-01: from here on, the numbers of 69 years are below 2^53. */
const FIRST_MS = Date.UTC(2020, 0);

/** Digits of the milliseconds, of the count within one, and of the process's mark. */
const [MS_DIGITS, COUNT_DIGITS, MARK_DIGITS] = [9, 4, 4] as const;

const MS_START = 'req_'.length;
const COUNT_START = MS_START + MS_DIGITS;
const MARK_START = COUNT_START + COUNT_DIGITS;
const LENGTH = MARK_START + MARK_DIGITS;

/**
 * Returns a generator of `x-request-id`s: `req_` + milliseconds + count + mark of the process, in base 36 and of fixed
 * width. Time and count are the id's number, by which the ledger stores and pages requests: it always rises, even when
 * the clock is set back, and begins above `newest`, the number of the newest stored request. The mark keeps the ids of two
 * gateways apart; it is four characters of [0-9a-z].
 */
export function requestIds(wall: () => number, mark: string, newest = 0): () => string {
  let last = newest;
  return () => {
    last = Math.max(last + 1, requestNumberAt(wall()));
    return requestId(last, mark);
  };
}

/** The id with that number. */
export function requestId(number: number, mark: string): string {
  return `req_${digits(Math.floor(number / NUMBERS_PER_MS) + FIRST_MS, MS_DIGITS)}${digits(number % NUMBERS_PER_MS, COUNT_DIGITS)}${mark}`;
}

/** The lowest number of a millisecond (since 1970); ids of that time or later never have a lower one. At least 0. */
export function requestNumberAt(milliseconds: number): number {
  return Math.max(0, Math.floor(milliseconds) - FIRST_MS) * NUMBERS_PER_MS;
}

/** The number of an id, a whole one below 2^53; NaN when the text is no id. */
export function requestNumber(id: string): number {
  if (id.length !== LENGTH || !id.startsWith('req_')) return NaN;
  return (
    (valueOf(id, MS_START, COUNT_START) - FIRST_MS) * NUMBERS_PER_MS + valueOf(id, COUNT_START, MARK_START)
  );
}

/** The mark of the process that made an id. */
export function requestMark(id: string): string {
  return id.slice(MARK_START);
}

function digits(value: number, width: number): string {
  return value.toString(36).padStart(width, '0');
}

/** Reads base 36, which `parseInt` does only on a copy; NaN for other characters. */
function valueOf(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) value = value * 36 + code - 48;
    else if (code >= 97 && code <= 122) value = value * 36 + code - 87;
    else return NaN;
  }
  return value;
}
