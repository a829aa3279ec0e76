import type { IncomingHttpHeaders } from 'node:http';

import { nearest } from '../../util/nearest.ts';

const PREFIX = 'x-laneway-';

/** Laneway's headers that a request may have, without the prefix, which would make any two of them similar. */
const KNOWN: readonly string[] = ['node', 'lane', 'user', 'hint', 'no-fallback', 'hop'];

/** At most so many headers are reported, each name or value cut to so many characters. */
const REPORTED_MAX = 3;
const REPORTED_LENGTH = 40;

const YES = /^(?:1|true|yes|on)$/i;
const NO = /^(?:0|false|no|off)?$/i;

/** Whether `x-laneway-no-fallback` forbids a second target: `1`, or another usual word for it. */
export function forbidsFallback(headers: IncomingHttpHeaders): boolean {
  const value = headers['x-laneway-no-fallback'];
  return typeof value === 'string' && YES.test(value);
}

/**
 * Headers that begin like Laneway's and have no effect, because the name or the value means nothing: a sentence for
 * each, at most three; null: none. A misspelt header would otherwise change the target of a request silently.
 */
export function ignoredHeaders(headers: IncomingHttpHeaders): readonly string[] | null {
  let ignored: string[] | null = null;
  for (const name in headers) {
    if (!name.startsWith(PREFIX)) continue;
    const sentence = whyIgnored(name, headers[name]);
    if (sentence === null) continue;
    ignored ??= [];
    ignored.push(sentence);
    if (ignored.length === REPORTED_MAX) break;
  }
  return ignored;
}

function whyIgnored(name: string, value: string | string[] | undefined): string | null {
  const ending = name.slice(PREFIX.length);
  if (!KNOWN.includes(ending)) {
    const [near] = nearest(ending, KNOWN, 1);
    const known = KNOWN.map((each) => PREFIX + each).join(', ');
    const advice = near === undefined ? `known: ${known}` : `did you mean ${PREFIX}${near}?`;
    return `${name.slice(0, REPORTED_LENGTH)} has no effect; ${advice}`;
  }
  if (ending !== 'no-fallback') return null;
  const word = String(value);
  if (YES.test(word) || NO.test(word)) return null;
  return `${name}: "${word.slice(0, REPORTED_LENGTH)}" has no effect; send 1`;
}
