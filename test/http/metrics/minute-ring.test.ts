import { expect, test } from 'vitest';

import { MinuteRing } from '../../../src/http/metrics/minute-ring.ts';

const START = Date.parse('2026-01-01T12:00:00.000Z');
const MINUTE_MS = 60_000;

const at = (minute: number): number => START + minute * MINUTE_MS;

test('requests and errors are counted by the minute in which they ended', () => {
  const ring = new MinuteRing();
  ring.add(at(0), false, 100);
  ring.add(at(0) + 59_999, true, null);
  ring.add(at(2), false, 300);
  expect(ring.read(at(2))).toMatchObject({
    requests: 3,
    errors: 1,
    minutes: [
      { atMs: at(0), requests: 2, errors: 1 },
      { atMs: at(2), requests: 1, errors: 0 },
    ],
  });
});

test('after thirty minutes a request no longer counts', () => {
  const ring = new MinuteRing();
  ring.add(at(0), true, null);
  expect(ring.read(at(29) + 59_999)).toMatchObject({ requests: 1, errors: 1 });
  expect(ring.read(at(30))).toEqual({ requests: 0, errors: 0, p50Ms: null, p95Ms: null, minutes: [] });
});

test('a slot that comes round begins with nothing', () => {
  const ring = new MinuteRing();
  for (let turn = 0; turn < 1_000; turn += 1) ring.add(at(0), true, 5_000);
  ring.add(at(30), false, 100);
  expect(ring.read(at(30))).toEqual({
    ...{ requests: 1, errors: 0, p50Ms: 100, p95Ms: 100 },
    minutes: [{ atMs: at(30), requests: 1, errors: 0 }],
  });
});

test('a clock that is set back hides later minutes and counts on', () => {
  const ring = new MinuteRing();
  ring.add(at(1_000), false, 1);
  ring.add(at(0), false, 7);
  expect(ring.read(at(0))).toMatchObject({ requests: 1, p50Ms: 7 });
});

test.each([0.4, 3.2, 5.476, 412, 2_614.796, 1_630, 3_600_000, 100_000_000])(
  'the percentiles of equal durations are that duration: %d ms',
  (ms) => {
    const ring = new MinuteRing();
    for (let turn = 0; turn < 5; turn += 1) ring.add(at(0), false, ms);
    expect(ring.read(at(0))).toMatchObject({ p50Ms: ms, p95Ms: ms });
  },
);

test('percentiles over minutes are within 5 % of the exact ones', () => {
  const ring = new MinuteRing();
  const durations = Array.from({ length: 1_000 }, (_, index) => 2 * 1.012 ** ((index * 37) % 1_000));
  for (const [index, ms] of durations.entries()) ring.add(at(index % 20), false, ms);
  const sorted = durations.toSorted((a, b) => a - b);
  const { p50Ms, p95Ms } = ring.read(at(20));
  for (const [shown, exact] of [
    [p50Ms, sorted[499]],
    [p95Ms, sorted[949]],
  ] as const)
    expect(Math.abs((shown ?? 0) / (exact ?? 1) - 1)).toBeLessThan(0.05);
});
