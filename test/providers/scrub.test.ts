import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber } from '../../src/providers/failure/scrub.ts';

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
