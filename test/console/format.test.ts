import { expect, test } from 'vitest';

import { duration } from '../../src/console/format.ts';

test.each([
  [0.034, '0.03 ms'],
  [5.476, '5.48 ms'],
  [9.994, '9.99 ms'],
  [9.996, '10 ms'],
  [411.5, '412 ms'],
  [999.6, '1.00 s'],
  [2614.796, '2.61 s'],
  [9_996, '10.0 s'],
  [125_000, '2 min 5 s'],
])('a duration of %d ms reads %s, with three digits below a minute', (ms, text) => {
  expect(duration(ms)).toBe(text);
});
