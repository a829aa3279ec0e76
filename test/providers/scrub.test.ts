import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber, maskKeys, scrubJson } from '../../src/providers/failure/scrub.ts';

test('no 8 characters of a secret survive, wherever and however often they occur', () => {
  const word = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 });
  fc.assert(
    fc.property(word, fc.array(fc.string()), fc.nat(30), fc.nat(40), (secret, around, from, length) => {
      const clean = createScrubber([secret])(around.join(secret.slice(from, from + length)));
      for (let at = 0; at + 8 <= secret.length; at += 1) {
        // The replacement and its surroundings may together look like a part of an odd secret.
        if (!secret.includes('[key]'))
          expect(clean.replaceAll('[key]', '\u0000')).not.toContain(secret.slice(at, at + 8));
      }
    }),
  );
});

test('a text without secrets is unchanged', () => {
  const scrub = createScrubber(['sk-fake-0123456789']);
  for (const text of ['', 'short', 'sk-fake', 'a longer text about sk-fake keys', '0123456']) {
    expect(scrub(text)).toBe(text);
  }
});

test('a secret of fewer than 8 characters is replaced only as a whole, an empty one is ignored', () => {
  expect(createScrubber(['s3cret', ''])('my s3cret and s3c')).toBe('my [key] and s3c');
  expect(createScrubber([''])('text')).toBe('text');
  expect(createScrubber([])('text')).toBe('text');
});

const KEY = 'sk-ant-api03/SECRET+0123456789';
const escaped = (text: string, every: number): string =>
  Array.from(text, (character, at) =>
    at % every === 0 ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character,
  ).join('');
const errorWith = (message: string): string =>
  `{"type":"error","error":{"type":"invalid_request_error","message":"header x-api-key ${message}"}}`;

test.each([
  ['plain', errorWith(KEY)],
  ['every character escaped', errorWith(escaped(KEY, 1))],
  ['every third one', errorWith(escaped(KEY, 3))],
  ['upper-case digits', errorWith(escaped(KEY, 2).toUpperCase().replaceAll('\\U', '\\u'))],
  ['an escaped slash', errorWith(KEY.replace('/', '\\/'))],
  ['an escaped plus', errorWith(KEY.replace('+', '\\u002B'))],
  ['in a key', `{"error":{"${escaped(KEY, 4)}":1}}`],
  ['in a list', `[{"error":{"details":["a","${escaped(KEY, 4)}"]}}]`],
  ['JSON inside a text', JSON.stringify({ error: errorWith(escaped(KEY, 3)) })],
  [
    'JSON inside a text inside a text',
    JSON.stringify({ error: JSON.stringify({ raw: errorWith(escaped(KEY, 3)) }) }),
  ],
  ['percent-encoded', errorWith(encodeURIComponent(KEY))],
  ['in base64', errorWith(`Basic ${Buffer.from(`user:${KEY}`).toString('base64')}`)],
  ['a cut body', errorWith(escaped(KEY, 3)).slice(0, -3)],
])('a secret in an error body is removed in whatever way it is written: %s', (_name, body) => {
  const clean = scrubJson(body, createScrubber([KEY]));
  const decoded = clean.replace(/\\+u([0-9a-f]{4})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  for (const text of [clean, decoded.replaceAll('\\', ''), decodeURIComponent(clean)]) {
    expect(text).not.toContain('SECRET');
    expect(text).not.toContain('0123456789');
  }
  expect(clean).not.toContain(Buffer.from('SECRET+0').toString('base64').slice(0, 8));
});

test.each([
  ['hex', (text: string) => Buffer.from(text).toString('hex')],
  ['hex in capitals', (text: string) => Buffer.from(text).toString('hex').toUpperCase()],
  ['base64 for URLs', (text: string) => Buffer.from(text).toString('base64url')],
  ['percent signs with small letters', (text: string) => encodeURIComponent(text).replaceAll('%2F', '%2f')],
])('a secret and its parts are removed in %s', (_name, encode) => {
  const secret = 'zz/ÿ>>0123456789/abcdefgh??~~';
  const scrub = createScrubber([secret]);
  for (const part of [secret, secret.slice(6, 18)]) {
    const encoded = encode(part);
    // At most the character at each end that also encodes what is next to it.
    const rest = scrub(`key ${encoded}.`).replace('key ', '').replaceAll('[key]', '');
    expect(rest.length).toBeLessThan(8);
  }
});

test('an error body without a secret is the same text, escapes included', () => {
  const scrub = createScrubber([KEY]);
  for (const body of [
    errorWith('gr\\u00f6\\u00dfer than 1.0 \\/ 2'),
    '{"a": 1.00, "b":"\\ud83d", "c": 98765432109876543210}',
    'no JSON \\u0041',
  ]) {
    expect(scrubJson(body, scrub)).toBe(body);
  }
});

test('credentials of the scheme Basic are masked, its name is not', () => {
  const credentials = Buffer.from('gateway:hunter2').toString('base64');
  expect(maskKeys(`wrong Authorization: Basic ${credentials}.`)).toBe('wrong Authorization: [key].');
  expect(maskKeys('Basic authentication is required, Basic credentials')).toBe(
    'Basic authentication is required, Basic credentials',
  );
});
