import { expect, test } from 'vitest';

import { gigabytes } from '../../src/util/json-fields.ts';

test.each([
  [14_200_000, 0.014],
  [1_449_000, 0.0014],
  [98_364_195, 0.098],
  [996_000_000, 1],
  [1_049_000_000, 1],
  [4_661_224_676, 4.7],
  [41_250_000_000, 41.3],
  [null, null],
])('%s bytes are listed as %s GB, with two digits below one', (bytes, gb) => {
  expect(gigabytes(bytes)).toBe(gb);
});
