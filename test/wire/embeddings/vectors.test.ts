import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  checkDimensions,
  fromBase64,
  readVector,
  toBase64,
  toNumbers,
} from '../../../src/wire/embeddings/vectors.ts';

const single = fc.float({ noNaN: true, noDefaultInfinity: true });

test('wire case 172: numbers and base64 say the same single-precision numbers, bit for bit, in little-endian order', () => {
  expect(toBase64([1, -2.5])).toBe(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]).toString('base64'));
  fc.assert(
    fc.property(fc.array(single, { maxLength: 40 }), (vector) => {
      expect(fromBase64(toBase64(vector))).toEqual(vector);
      // As JSON writes them.
      const read = readVector(JSON.parse(toNumbers(vector)));
      expect(Buffer.from(toBase64(read), 'base64')).toEqual(Buffer.from(toBase64(vector), 'base64'));
    }),
  );
});

test('the shortest decimal that a server writes for a number is the number', () => {
  // As Go prints 32 bits (Ollama), and llama.cpp the double that holds them.
  for (const [short, long] of [
    [-0.06285118, -0.062851183116436],
    [0.0042436044, 0.004243604373186827],
  ] as const) {
    expect(toBase64([short])).toBe(toBase64([long]));
  }
});

test.each([['QUJD'], [['1']], [{}], [null]])('%j is no vector', (value) => {
  expect(() => readVector(value)).toThrow(expect.objectContaining({ kind: 'malformed' }));
});

test('wire case 173: vectors of another size than was asked for are no answer', () => {
  expect(() => {
    checkDimensions(384, 64);
  }).toThrow(expect.objectContaining({ kind: 'ignored' }));
  checkDimensions(64, 64);
  checkDimensions(384, null);
});
