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

/** Replaces what looks like a key in an upstream's text. */
export function maskKeys(text: string): string {
  return text.replace(KEY_LIKE, REPLACEMENT);
}

/**
 * Creates a function that replaces every given secret in a text, whole or in parts of 8 characters and more, since
 * upstreams quote keys in their errors. A secret of fewer than 8 characters is replaced only as a whole.
 */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  const short = secrets.filter((secret) => secret.length > 0 && secret.length < PART_LENGTH);
  const parts = new Set(secrets.flatMap(partsOf));
  if (short.length === 0 && parts.size === 0) return (text) => text;
  return (text) =>
    short.reduce((rest, secret) => rest.replaceAll(secret, REPLACEMENT), withoutParts(text, parts));
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
