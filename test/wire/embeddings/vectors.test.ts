import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readVector, toBase64, toNumbers, VectorCheck } from '../../../src/wire/embeddings/vectors.ts';

const single = fc.float({ noNaN: true, noDefaultInfinity: true });

test('wire case 172: numbers and base64 hold the same single-precision numbers, bit for bit, in little-endian order', () => {
  expect(toBase64([1, -2.5])).toBe(Buffer.from([0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0]).toString('base64'));
  fc.assert(
    fc.property(fc.array(single, { maxLength: 40 }), (vector) => {
      if (vector.length > 0) expect(readVector(toBase64(vector))).toEqual(vector);
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

const nan = Buffer.from(new Float32Array([1, Number.NaN]).buffer).toString('base64');

test.each([['QUJD'], [''], ['!!!!!!!!'], [nan], [['1']], [[1, null]], [{}], [null]])(
  '%j is not a vector',
  (value) => {
    expect(() => readVector(value)).toThrow(expect.objectContaining({ kind: 'malformed' }));
  },
);

function check(sizes: readonly number[], count: number, dimensions: number | null = null): () => void {
  return () => {
    const vectors = new VectorCheck({ count, dimensions });
    for (const size of sizes) vectors.take(size);
    vectors.end();
  };
}

test('wire case 173: vectors of another size than requested are a fault', () => {
  expect(check([384], 1, 64)).toThrow(expect.objectContaining({ kind: 'ignored' }));
  expect(check([64, 64], 2, 64)).not.toThrow();
  expect(check([384], 1)).not.toThrow();
});

test.each([
  ['fewer vectors than inputs', [3, 3], 3],
  ['more vectors than inputs', [3, 3], 1],
  ['vectors of several sizes', [3, 4], 2],
  ['an empty vector', [0], 1],
])('%s are a fault: a caller would pair texts with the wrong vectors', (_name, sizes, count) => {
  expect(check(sizes, count)).toThrow(expect.objectContaining({ kind: 'malformed' }));
});
