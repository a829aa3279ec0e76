import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonCursor } from '../../../src/wire/json/cursor.ts';

/** Texts whose quotes and escapes are near each other, far from each other, and both in turn. */
const piece = fc.oneof(
  fc.constantFrom('"', '\\', '\n', '\u0001', '\u2028', '\ud83d\ude00', 'é', '\ud800', '\\u0041'),
  fc.integer({ min: 0, max: 200 }).map((length) => 'a'.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 5 }),
);
const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));

/** JSON of a string, with every character escaped where `escaped`, as some libraries write it. */
function written(value: string, escaped: boolean): string {
  if (!escaped) return JSON.stringify(value);
  const units = Array.from({ length: value.length }, (_, at) => value.charCodeAt(at));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}

test('strings of any length and with any escapes are found and measured as the parser reads them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, fc.boolean()), { maxLength: 6 }), (values) => {
      const body = Buffer.from(`[${values.map(([value, escaped]) => written(value, escaped)).join(', ')}]`);
      const cursor = new JsonCursor(body);
      expect(cursor.enter('array')).toBe(true);
      for (const [value] of values) {
        expect(cursor.nextElement()).toBe(true);
        expect(cursor.passString()).toBe(true);
        expect(cursor.string()).toBe(value);
        expect(cursor.stringBytes).toBe(Buffer.byteLength(value));
      }
      expect(cursor.nextElement()).toBe(false);
      cursor.expectEnd();
    }),
    { numRuns: 500 },
  );
});

test.each([
  '"',
  '"a',
  '"\\',
  '"\\"',
  '"\\x"',
  '"\\u12"',
  '"\\u12g4"',
  `"${'a'.repeat(60)}`,
  `"${'a'.repeat(60)}\\`,
])('%s is not a string', (bytes) => {
  expect(() => new JsonCursor(Buffer.from(bytes)).passString()).toThrow('invalid JSON');
});
