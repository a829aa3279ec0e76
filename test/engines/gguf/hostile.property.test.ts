import fc from 'fast-check';
import { expect, test } from 'vitest';

import { describeModel } from '../../../src/engines/gguf/describe-model.ts';
import { GgufFault } from '../../../src/engines/gguf/fault.ts';
import { listedModel } from '../../../src/engines/gguf/listed-model.ts';
import { readHeader } from '../../../src/engines/gguf/read-header.ts';
import { ggufFile } from '../../support/gguf.ts';
import { GGUF_SHAPES } from '../../support/gguf-shapes.ts';
import { folder, put } from './files.ts';

const SMALL = Object.entries(GGUF_SHAPES).filter(([name]) => !name.includes('256,000'));
const FILES = SMALL.map(([, shape]) => ggufFile(shape));

/** Numbers that break readers: all bits, the sign, just above 2^32 and 2^53, around usual limits. */
const BAD = [2n ** 64n - 1n, 2n ** 63n, 2n ** 53n + 1n, 2n ** 32n, 2n ** 31n, 65_537n, 1025n, 255n, 0n];

const mutation = fc.oneof(
  fc.record({ kind: fc.constant('byte' as const), at: fc.nat(), value: fc.nat(255) }),
  fc.record({ kind: fc.constant('number' as const), at: fc.nat(), value: fc.constantFrom(...BAD) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), value: fc.constant(0) }),
  fc.record({ kind: fc.constant('copy' as const), at: fc.nat(), value: fc.nat() }),
);

/** Only where the header is: a change of the data changes nothing. */
function apply(
  file: Buffer,
  { kind, at, value }: typeof mutation extends fc.Arbitrary<infer M> ? M : never,
): Buffer {
  const place = at % Math.min(file.length, 2500);
  const bytes = Buffer.from(file);
  switch (kind) {
    case 'byte':
      bytes[place] = Number(value);
      return bytes;
    case 'number':
      if (place + 8 <= bytes.length) bytes.writeBigUInt64LE(BigInt(value), place);
      return bytes;
    case 'cut':
      return bytes.subarray(0, Math.max(1, place));
    case 'copy':
      bytes.copyWithin(place, Number(value) % bytes.length, (Number(value) % bytes.length) + 32);
      return bytes;
  }
}

test('whatever is changed in a header: it is read, or it is a fault with a reason, and memory is bounded', () => {
  const root = folder();
  let read = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...FILES),
      fc.array(mutation, { minLength: 1, maxLength: 4 }),
      (file, changes) => {
        const path = put(root, 'x.gguf', changes.reduce(apply, file));
        try {
          const model = describeModel([readHeader(path)]);
          const listed = listedModel({ id: 'x', path, sizeBytes: file.length, model, projector: null });
          for (const value of Object.values(listed.capabilities))
            if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
          read += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(GgufFault);
          expect((error as GgufFault).message).not.toBe('');
          refused += 1;
        }
      },
    ),
    { numRuns: 3000 },
  );
  // Both happen, so the changes reach the reader and do not all fail at the first bytes.
  expect(read).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(100);
});

test('any bytes after the magic number are read or a fault', () => {
  const root = folder();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(2, 3), (bytes, version) => {
      const head = Buffer.from([0x47, 0x47, 0x55, 0x46, version, 0, 0, 0]);
      const path = put(root, 'x.gguf', Buffer.concat([head, bytes]));
      expect(() => describeModel([readHeader(path)])).toThrow(GgufFault);
    }),
    { numRuns: 500 },
  );
});
