import type { Failure } from '../../protocol/failure.ts';
import type { UpstreamError } from '../../protocol/upstream-error.ts';

/** Parts of a secret of at least this many characters are removed. */
const PART_LENGTH = 8;
const REPLACEMENT = '[key]';

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

/** Scrubs the upstream's texts in a failure. Everything else in it is the gateway's own text. */
export function scrubFailure(failure: Failure, scrub: (text: string) => string): Failure {
  const { upstream } = failure;
  return upstream === null ? failure : { ...failure, upstream: scrubError(upstream, scrub) };
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
