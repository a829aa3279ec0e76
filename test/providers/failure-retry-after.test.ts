import { expect, test } from 'vitest';
import { meaningOf } from './failure-harness.ts';

const pause = (headers: Readonly<Record<string, string>>): number | null =>
  meaningOf(429, {}, headers).retryAfterMs;

test.each([
  ['2', 2_000],
  ['30', 30_000],
  ['0', 0],
  ['1.5', 1_500],
  [' 7 ', 7_000],
  ['999999999', 600_000],
  ['-1', 0],
  ['Thu, 01 Jan 2026 12:00:30 GMT', 30_000],
  ['Thursday, 01-Jan-26 12:00:30 GMT', 30_000],
  ['Thu Jan  1 12:00:30 2026 GMT', 30_000],
  ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
  ['Fri, 01 Jan 2027 00:00:00 GMT', 600_000],
  ['x', null],
  ['', null],
  ['x 1', null],
  ['soon', null],
  ['1e9', null],
  ['0x10', null],
  ['NaN', null],
  ['12:00:00', null],
  ['6m0s', null],
])('wire case 118: retry-after %j is %s ms', (value, expected) => {
  expect(pause({ 'retry-after': value })).toBe(expected);
});

test('without the header there is no pause', () => {
  expect(pause({})).toBeNull();
});

test("a date is relative to the upstream's own clock if it sends one", () => {
  const date = 'Thu, 01 Jan 2026 10:00:00 GMT';
  expect(pause({ 'retry-after': 'Thu, 01 Jan 2026 10:00:05 GMT', date })).toBe(5_000);
  expect(pause({ 'retry-after': 'Thu, 01 Jan 2026 10:00:05 GMT', date: 'garbage' })).toBe(0);
});

test('retry-after-ms is more precise and wins', () => {
  expect(pause({ 'retry-after-ms': '250', 'retry-after': '1' })).toBe(250);
  expect(pause({ 'retry-after-ms': 'x', 'retry-after': '1' })).toBe(1_000);
});

test('a pause is read only for classes where waiting helps', () => {
  const headers = { 'retry-after': '5' };
  for (const status of [429, 503, 529, 402]) expect(meaningOf(status, {}, headers).retryAfterMs).toBe(5_000);
  for (const status of [400, 401, 404, 500, 302])
    expect(meaningOf(status, {}, headers).retryAfterMs).toBeNull();
});
