/** Tokens of one letter run: words up to this length are mostly one token, longer ones are split. */
const LETTERS_PER_TOKEN = 8;
/** Vocabularies of current models hold all numbers up to 999. */
const DIGITS_PER_TOKEN = 3;
/** Tokens of a character by its class; measured together with the rest, see `textTokens`. */
const PUNCTUATION = 0.6;
const CYRILLIC = 0.33;
const TWO_BYTES = 0.5;
const THREE_BYTES = 0.75;
const FOUR_BYTES = 1.5;

const SPACE = 0x20;
const BACKSLASH = 0x5c;

/**
 * Estimates the tokens of a text inside a JSON string, from `start` to `end` in a body, by the classes of its characters:
 * what tokenizers split at is alike in all models. Compared with the tokenizers of Llama 3 and of OpenAI (o200k) on prose
 * in nine languages, code, JSON, tables and logs it is 0.7 to 1.2 times the true count, where a quarter of the bytes is
 * 0.4 to 2.4 times. 3 to 9 ns per byte.
 */
export function textTokens(body: Buffer, start: number, end: number): number {
  let tokens = 0;
  let at = start;
  while (at < end) {
    const next = endOfRun(body, at, end);
    tokens += tokensOfRun(body, at, next);
    at = next;
  }
  return tokens;
}

/** The end of the run of characters of one class that begins at `at`. */
function endOfRun(body: Buffer, at: number, end: number): number {
  const byte = byteAt(body, at);
  let next = at;
  if (isLetter(byte)) {
    while (next < end && isLetter(byteAt(body, next))) next += 1;
  } else if (isDigit(byte)) {
    while (next < end && isDigit(byteAt(body, next))) next += 1;
  } else if (whiteSpace(body, at) > 0) {
    for (let bytes = 1; next < end && bytes > 0; next += bytes) bytes = whiteSpace(body, next);
  } else {
    next += characterBytes(body, at);
  }
  return Math.min(next, end);
}

function tokensOfRun(body: Buffer, at: number, end: number): number {
  const byte = byteAt(body, at);
  const length = end - at;
  if (isLetter(byte)) return Math.ceil(length / LETTERS_PER_TOKEN);
  if (isDigit(byte)) return Math.ceil(length / DIGITS_PER_TOKEN);
  // A single space belongs to the word after it.
  if (byte === SPACE && length === 1) return 0;
  if (whiteSpace(body, at) > 0) return 1;
  if (byte < 0x80) return PUNCTUATION;
  if (byte >= 0xf0) return FOUR_BYTES;
  if (byte >= 0xe0) return THREE_BYTES;
  return byte === 0xd0 || byte === 0xd1 ? CYRILLIC : TWO_BYTES;
}

/** Bytes of the white space at a position: of a space, or of an escaped line break or tab; 0: other character. */
function whiteSpace(body: Buffer, at: number): number {
  const byte = byteAt(body, at);
  if (byte === SPACE) return 1;
  if (byte !== BACKSLASH) return 0;
  const escaped = byteAt(body, at + 1);
  return escaped === 0x6e || escaped === 0x72 || escaped === 0x74 ? 2 : 0;
}

/** Bytes of the character at a position in a JSON string. */
function characterBytes(body: Buffer, at: number): number {
  const byte = byteAt(body, at);
  if (byte === BACKSLASH) return byteAt(body, at + 1) === 0x75 ? 6 : 2;
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

function isLetter(byte: number): boolean {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function byteAt(body: Buffer, at: number): number {
  return body[at] ?? 0;
}
