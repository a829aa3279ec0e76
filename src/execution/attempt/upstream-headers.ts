import { asciiHeader } from '../../util/ascii.ts';
import type { Framing } from '../../wire/framing/framing.ts';

/** Headers in one list: name, value, name, value. Of an upstream reply as received: bytes. */
export type RawHeaders = readonly (Buffer | string)[];

/** Headers of an upstream reply, with the function that removes its provider's secrets. */
export interface UpstreamHeaders {
  readonly raw: RawHeaders;
  readonly scrub: (text: string) => string;
}

/** Upstream headers passed to the client; prefixes end with `-`. */
const PASSED = ['x-ratelimit-', 'anthropic-ratelimit-', 'openai-processing-ms', 'openai-version'] as const;

/** First letters of these, in either case: they exclude nearly all headers of a reply. */
const FIRST_LETTERS: ReadonlySet<string> = new Set(
  PASSED.flatMap(([letter = '']) => [letter, letter.toUpperCase()]),
);

/** One header of a raw list, by lower-case name; null when absent. */
export function rawHeader(headers: RawHeaders, name: string): string | null {
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const candidate = headers[index];
    if (candidate?.length === name.length && candidate.toString().toLowerCase() === name) {
      return headers[index + 1]?.toString() ?? null;
    }
  }
  return null;
}

/** Does a reply with these headers hold a stream in this framing? Never where the wire has none. */
export function isStream(headers: RawHeaders, framing: Framing | null): boolean {
  return framing?.accepts(rawHeader(headers, 'content-type')?.toLowerCase() ?? '') ?? false;
}

/** The upstream headers that are passed to the client; name, value, name, value. */
export function passedHeaders({ raw: upstream, scrub }: UpstreamHeaders): string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < upstream.length; index += 2) {
    const first = upstream[index]?.[0];
    if (first === undefined || !isCandidate(first)) continue;
    const name = String(upstream[index]).toLowerCase();
    if (PASSED.some((passed) => (passed.endsWith('-') ? name.startsWith(passed) : name === passed))) {
      headers.push(name, asciiHeader(scrub(String(upstream[index + 1]))));
    }
  }
  return headers;
}

function isCandidate(first: number | string): boolean {
  return FIRST_LETTERS.has(typeof first === 'number' ? String.fromCharCode(first) : first);
}
