import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber } from '../../src/providers/failure/scrub.ts';

test('no 8 characters of a secret survive, wherever and however often they stand', () => {
  const word = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 40 });
  fc.assert(
    fc.property(word, fc.array(fc.string()), fc.nat(30), fc.nat(40), (secret, around, from, length) => {
      const clean = createScrubber([secret])(around.join(secret.slice(from, from + length)));
      for (let at = 0; at + 8 <= secret.length; at += 1) {
        // The stand-in may join with its surroundings to something that reads like a part of an odd secret.
        if (!secret.includes('[key]'))
          expect(clean.replaceAll('[key]', '\u0000')).not.toContain(secret.slice(at, at + 8));
      }
    }),
  );
});

test('a text without secrets stays as it is', () => {
  const scrub = createScrubber(['sk-fake-0123456789']);
  for (const text of ['', 'short', 'sk-fake', 'a longer text about sk-fake keys', '0123456']) {
    expect(scrub(text)).toBe(text);
  }
});

test('a secret below 8 characters is taken out whole, an empty one is none', () => {
  expect(createScrubber(['s3cret', ''])('my s3cret and s3c')).toBe('my [key] and s3c');
  expect(createScrubber([''])('text')).toBe('text');
  expect(createScrubber([])('text')).toBe('text');
});
