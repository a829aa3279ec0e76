import type { RequestFacts } from '../../protocol/facts.ts';
import { BYTES_PER_TOKEN } from './read-body.ts';
import { textTokens } from './text-tokens.ts';

/** Shorter strings are names and keys; their estimate stays. */
const MIN_STRING_BYTES = 32;
/** Of a larger body only the beginning of each string is read, this many bytes in all, which take about 3 ms. */
const MAX_READ_BYTES = 512 * 1024;
const MIN_SAMPLE_BYTES = 1024;
/** Strings that begin with this many bytes of base64 are media, which the estimate counts by the piece. */
const BASE64_PREFIX_BYTES = 128;
const BASE64 = /^(?:data:[^,]*,)?[A-Za-z0-9+/=_-]*$/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * A better estimate of a request's input tokens, for requests that a quarter of the bytes puts close to a window: indented
 * text and tables have far fewer tokens, so that a prompt that fits would be refused and its output limit be cut. Takes
 * milliseconds, so it is made only where it may change something (`src/execution/plan-request.ts`).
 */
export function refineEstimate(body: Buffer, { estimatedTokens }: RequestFacts): number {
  const share = Math.min(1, MAX_READ_BYTES / body.length);
  let tokens = estimatedTokens;
  let at = body.indexOf(QUOTE);
  while (at >= 0) {
    const start = at + 1;
    const end = endOfString(body, start);
    if (end - start >= MIN_STRING_BYTES && !isMedia(body, start, end))
      tokens += correction(body, start, end, share);
    at = body.indexOf(QUOTE, end + 1);
  }
  return Math.max(0, Math.ceil(tokens));
}

/** The difference between the tokens of a text by its characters and by its bytes. */
function correction(body: Buffer, start: number, end: number, share: number): number {
  const length = end - start;
  const read = Math.min(length, Math.max(MIN_SAMPLE_BYTES, Math.ceil(length * share)));
  const difference =
    textTokens(body, start, start + read) - textBytes(body, start, start + read) / BYTES_PER_TOKEN;
  return (difference * length) / read;
}

/** Bytes of the text without its escapes. */
function textBytes(body: Buffer, start: number, end: number): number {
  const text = body.subarray(start, end);
  let bytes = text.length;
  let at = text.indexOf(BACKSLASH);
  while (at >= 0) {
    // A code point of \u has two bytes in Cyrillic, three in Asian scripts.
    bytes -= text[at + 1] === 0x75 ? 3.5 : 1;
    at = text.indexOf(BACKSLASH, at + 2);
  }
  return bytes;
}

function isMedia(body: Buffer, start: number, end: number): boolean {
  const prefixEnd = start + BASE64_PREFIX_BYTES;
  return end > prefixEnd && BASE64.test(body.toString('latin1', start, prefixEnd));
}

/** The position of the closing quote. */
function endOfString(body: Buffer, start: number): number {
  let end = body.indexOf(QUOTE, start);
  while (end >= 0 && isEscaped(body, end, start)) end = body.indexOf(QUOTE, end + 1);
  return end < 0 ? body.length : end;
}

function isEscaped(body: Buffer, at: number, start: number): boolean {
  let backslashes = 0;
  while (at - backslashes - 1 >= start && body[at - backslashes - 1] === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}
