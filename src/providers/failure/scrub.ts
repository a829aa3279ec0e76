import type { Failure } from '../../protocol/failure.ts';
import type { UpstreamError } from '../../protocol/upstream-error.ts';

/** The longest part of a secret that may pass by chance is one character shorter (reliability S33, C1). */
const PART_LENGTH = 8;
const STAND_IN = '[key]';

/**
 * Makes a function that takes every given secret out of a text, whole or in any part of 8 characters and more.
 * Upstreams quote keys in their errors. A secret below 8 characters is taken out only whole.
 */
export function createScrubber(secrets: readonly string[]): (text: string) => string {
  const short = secrets.filter((secret) => secret.length > 0 && secret.length < PART_LENGTH);
  const parts = new Set(secrets.flatMap(partsOf));
  if (short.length === 0 && parts.size === 0) return (text) => text;
  return (text) =>
    short.reduce((rest, secret) => rest.replaceAll(secret, STAND_IN), withoutParts(text, parts));
}

/** The upstream's words of a failure, scrubbed. Everything else in a failure is the gateway's own text. */
export function scrubFailure(failure: Failure, scrub: (text: string) => string): Failure {
  const { upstream } = failure;
  return upstream === null ? failure : { ...failure, upstream: scrubError(upstream, scrub) };
}

function scrubError(error: UpstreamError, scrub: (text: string) => string): UpstreamError {
  const word = (text: string | null): string | null => (text === null ? null : scrub(text));
  return {
    message: scrub(error.message),
    type: word(error.type),
    code: word(error.code),
    param: word(error.param),
  };
}

function partsOf(secret: string): string[] {
  return Array.from({ length: Math.max(secret.length - PART_LENGTH + 1, 0) }, (_, at) =>
    secret.slice(at, at + PART_LENGTH),
  );
}

/** Parts overlap, so that a run of them is one stretch with one stand-in. */
function withoutParts(text: string, parts: ReadonlySet<string>): string {
  let clean = '';
  let kept = 0;
  for (let at = 0; at + PART_LENGTH <= text.length; at += 1) {
    if (!parts.has(text.slice(at, at + PART_LENGTH))) continue;
    let end = at + PART_LENGTH;
    while (end < text.length && parts.has(text.slice(end + 1 - PART_LENGTH, end + 1))) end += 1;
    clean += text.slice(kept, at) + STAND_IN;
    kept = end;
    at = end - 1;
  }
  return clean + text.slice(kept);
}
