import { expect, test } from 'vitest';

import { afterReading, COOL, type ThermalState } from '../../../src/engines/sensors/thermal.ts';

const LIMITS = { softC: 85, hardC: 95 };

/** The levels after readings of so many degrees, each so many seconds after the one before. */
function levels(readings: readonly (readonly [number, number | null])[]): string[] {
  let state: ThermalState = COOL;
  let now = 0;
  return readings.map(([seconds, degrees]) => {
    now += seconds * 1000;
    state = afterReading(state, LIMITS, degrees, now);
    return state.level;
  });
}

test('a limit counts once it was reached for two seconds', () => {
  expect(
    levels([
      [0, 90],
      [1, 90],
      [1, 90],
    ]),
  ).toEqual(['normal', 'normal', 'soft']);
  expect(
    levels([
      [0, 90],
      [1, 80],
      [1, 90],
      [1, 90],
    ]),
  ).toEqual(['normal', 'normal', 'normal', 'normal']);
  expect(
    levels([
      [0, 99],
      [2, 99],
    ]),
  ).toEqual(['normal', 'hard']);
});

test('a level ends only when it was 5 °C cooler for a minute', () => {
  const hot = [
    [0, 96],
    [2, 96],
  ] as const;
  expect(levels([...hot, [60, 92], [60, 92]]).at(-1)).toBe('hard');
  expect(levels([...hot, [1, 88], [59, 88]]).at(-1)).toBe('hard');
  expect(levels([...hot, [1, 88], [60, 88]]).at(-1)).toBe('soft');
  expect(levels([...hot, [1, 70], [60, 70]]).at(-1)).toBe('normal');
});

test('a sensor that has gone does not stop the pool for ever', () => {
  expect(
    levels([
      [0, 96],
      [2, 96],
      [1, null],
      [60, null],
    ]).at(-1),
  ).toBe('normal');
});
