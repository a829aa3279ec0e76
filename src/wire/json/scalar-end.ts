const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
/** `e`, which an upper-case letter becomes with `LOWER_CASE`. */
const EXPONENT = 0x65;
const LOWER_CASE = 0x20;
/** What may follow a backslash, except `u`, whose digits are left to the parser. */
const ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from('"\\/bfnrt'));

/** The offset after the characters from `start` that are valid in a JSON string, at most `end`. */
export function stringEnd(buffer: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end) {
    const byte = buffer[position] ?? 0;
    if (byte === QUOTE || byte < 0x20) return position;
    if (byte === BACKSLASH) {
      position += 1;
      if (position >= end || !ESCAPES.has(buffer[position])) return position - 1;
    }
    position += 1;
  }
  return position;
}

/** The offset after the JSON number at `start`, at most `end`; `start` if there is none. */
export function numberEnd(buffer: Buffer, start: number, end: number): number {
  const first = buffer[start] === MINUS ? start + 1 : start;
  const whole = buffer[first] === ZERO ? Math.min(first + 1, end) : digitsEnd(buffer, first, end);
  if (whole <= first) return start;
  let position = whole;
  if (position < end && buffer[position] === POINT) {
    position = digitsEnd(buffer, whole + 1, end);
    if (position === whole + 1) return start;
  }
  if (position >= end || ((buffer[position] ?? 0) | LOWER_CASE) !== EXPONENT) return position;
  const sign = buffer[position + 1];
  const digits = sign === PLUS || sign === MINUS ? position + 2 : position + 1;
  const exponent = digitsEnd(buffer, digits, end);
  return exponent <= digits ? start : exponent;
}

/** The offset after the digits from `start`; `start` if there are none. */
function digitsEnd(buffer: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end && isDigit(buffer[position])) position += 1;
  return position;
}

function isDigit(byte = 0): boolean {
  return byte >= ZERO && byte <= NINE;
}
