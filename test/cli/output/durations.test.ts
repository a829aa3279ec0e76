import { expect, test } from 'vitest';
import { durationText, parseDuration } from '../../../src/cli/output/durations.ts';
import { spanText } from '../../../src/util/span-text.ts';

test.each([
  ['90s', 90],
  ['10m', 600],
  ['2h', 7200],
  ['3d', 259_200],
  ['1h30m', 5400],
  ['5', null],
  ['', null],
  ['2 h', null],
  ['2w', null],
  ['-2h', null],
])('the duration "%s" is %j s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each([
  [0.34, '0.3 ms'],
  [412.4, '412 ms'],
  [1630, '1.6 s'],
  [42_000, '42 s'],
  [125_000, '2 min 5 s'],
])('%d ms took "%s"', (ms, text) => {
  expect(durationText(ms)).toBe(text);
});

test.each([
  [-5, '0 s'],
  [30_000, '30 s'],
  [300_000, '5 min'],
  [7 * 3_600_000, '7 h'],
  [72 * 3_600_000, '3 days'],
])('a span of %d ms is "%s"', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
