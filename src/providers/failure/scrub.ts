import type { Failure } from '../../protocol/failure.ts';
import type { UpstreamError } from '../../protocol/upstream-error.ts';

/** Parts of a secret of at least this many characters are removed. */
const PART_LENGTH = 8;
const REPLACEMENT = '[key]';
/** The longest text of an upstream that is shown, in characters. */
const WORDS_MAX = 500;

/**
 * What looks like a key, whole or masked by its vendor: `sk-…`, `gsk_…`, `AIza…`, `Bearer …`, `xa***ke`. It may be
 * another key than the configured one, for example that of a gateway behind the upstream.
 */
const KEY_LIKE =
  /\b(?:sk|pk|rk|gsk|xai|hf|nvapi)[-_][\w.*-]{6,}|\bAIza[\w-]{10,}|\bBearer\s+[\w.~+/-]{8,}=*|\b[\w-]{2,}\*{3,}[\w-]*/g;

/** Credentials of RFC 7617: `Basic` and base64 of a name and a password. */
const BASIC = /\bBasic\s+([\w+/-]{8,}={0,2})/gi;
/** The text in it: "Basic authentication" is not one. */
const NAME_AND_PASSWORD = /^[\x20-\x7e]*:[\x20-\x7e]*$/;

/** Replaces what looks like a key in an upstream's text. */
export function maskKeys(text: string): string {
  return text
    .replace(KEY_LIKE, REPLACEMENT)
    .replace(BASIC, (whole, encoded: string) =>
      NAME_AND_PASSWORD.test(Buffer.from(encoded, 'base64').toString('latin1')) ? REPLACEMENT : whole,
    );
}

/**
 * Creates a function that replaces every given secret in a text, whole or in parts of 8 characters and more, since
 * upstreams quote keys in their errors; also percent-encoded, in base64 and hex, and in escapes of JSON at any depth. A
 * secret of fewer than 8 characters is replaced only as a whole.
 */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  const short = secrets.filter((secret) => secret.length > 0 && secret.length < PART_LENGTH);
  const parts = new Set(secrets.flatMap(formsOf).flatMap(partsOf));
  if (short.length === 0 && parts.size === 0) return (text) => text;
  const plain = (text: string): string =>
    short.reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), withoutParts(text, parts));
  return (text) => withoutEscapes(plain(text), plain);
}

/**
 * An error body with the strings of its JSON scrubbed, keys as well: a secret written with escapes is not in its text.
 * Returns the same text if it contains no secret; a text that is not JSON is scrubbed as it is.
 */
export function scrubJson(text: string, scrub: (text: string) => string): string {
  if (!text.includes('\\')) return scrub(text);
  try {
    const parsed: unknown = JSON.parse(text);
    const clean = JSON.stringify(scrubValue(parsed, scrub));
    return clean === JSON.stringify(parsed) ? scrub(text) : clean;
  } catch {
    return scrub(text);
  }
}

function scrubValue(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === 'string') return scrub(value);
  if (Array.isArray(value)) return value.map((item) => scrubValue(item, scrub));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [scrub(key), scrubValue(item, scrub)]),
  );
}

/** The text; decoded and without secrets if they are in it only as escapes, as where an error quotes JSON. */
function withoutEscapes(text: string, scrub: (text: string) => string): string {
  if (!text.includes('\\')) return text;
  const decoded = text.replace(
    /\\(?:u([0-9a-f]{4})|(["\\/]))/gi,
    (_escape, hex?: string, character?: string) =>
      hex === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (decoded === text) return text;
  const clean = withoutEscapes(scrub(decoded), scrub);
  return clean === decoded ? text : clean;
}

/** Scrubs the upstream's texts in a failure and cuts its words. Everything else in it is the gateway's own text. */
export function scrubFailure(failure: Failure, scrub: (text: string) => string): Failure {
  const { upstream, words } = failure;
  return {
    ...failure,
    upstream: upstream === null ? null : scrubError(upstream, scrub),
    ...(words === undefined ? null : { words: shortened(scrub(words)) }),
  };
}

/** One line of at most 500 characters. */
function shortened(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return line.length > WORDS_MAX ? `${line.slice(0, WORDS_MAX - 1)}…` : line;
}

function scrubError(error: UpstreamError, scrub: (text: string) => string): UpstreamError {
  const scrubbed = (text: string | null): string | null => (text === null ? null : scrub(text));
  return {
    message: scrub(error.message),
    type: scrubbed(error.type),
    code: scrubbed(error.code),
    param: scrubbed(error.param),
  };
}

/** The secret in the encodings in which an upstream may quote it. Base64 depends on the position in what is encoded. */
function formsOf(secret: string): string[] {
  if (secret.length < PART_LENGTH) return [];
  const inBase64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.from(' '.repeat(before) + secret)
      .toString('base64')
      .replace(/=+$/, '');
    // The characters that also encode the text before and after.
    return encoded.slice(before === 0 ? 0 : before + 1, -1);
  });
  const inUrl = encodeURIComponent(secret);
  const inHex = Buffer.from(secret).toString('hex');
  return [
    ...[secret, inUrl, inUrl.replaceAll(/%../g, (escape) => escape.toLowerCase())],
    ...[...inBase64, ...inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))],
    ...[inHex, inHex.toUpperCase()],
  ];
}

function partsOf(secret: string): string[] {
  return Array.from({ length: Math.max(secret.length - PART_LENGTH + 1, 0) }, (_, at) =>
    secret.slice(at, at + PART_LENGTH),
  );
}

/** Overlapping and adjacent parts become one replacement. */
function withoutParts(text: string, parts: ReadonlySet<string>): string {
  let clean = '';
  let copied = 0;
  for (let at = 0; at + PART_LENGTH <= text.length; at += 1) {
    if (!parts.has(text.slice(at, at + PART_LENGTH))) continue;
    let end = at + PART_LENGTH;
    while (end < text.length && parts.has(text.slice(end + 1 - PART_LENGTH, end + 1))) end += 1;
    clean += text.slice(copied, at) + REPLACEMENT;
    copied = end;
    at = end - 1;
  }
  return clean + text.slice(copied);
}
