import { expect, it } from 'vitest';
import {
  requestId,
  requestIds,
  requestMark,
  requestNumber,
  requestNumberAt,
} from '../../src/util/request-id.ts';

const NOW = Date.UTC(2026, 0);

it('ids made later sort later, as text and as numbers, however many there are in a millisecond and even when the clock is set back', () => {
  let wall = NOW;
  const next = requestIds(() => wall, 'a1b2');
  const ids: string[] = [];
  for (const step of [0, 1, 0.4, -3_600_000, 0, 7_200_000]) {
    wall += step;
    for (let count = 0; count < 5_000; count += 1) ids.push(next());
  }
  const numbers = ids.map(requestNumber);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(30_000);
  expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
  expect(numbers.map((number) => requestId(number, 'a1b2'))).toEqual(ids);
  expect(ids.every((id) => /^req_[0-9a-z]{17}$/.test(id))).toBe(true);
});

it('ids after a restart sort after those before it, even when the clock was set back meanwhile', () => {
  const before = requestIds(() => NOW, 'a1b2')();
  const after = requestIds(() => NOW - 86_400_000, 'c3d4', requestNumber(before))();
  expect(after > before).toBe(true);
  expect(requestNumber(after)).toBe(requestNumber(before) + 1);
});

it('ids of two gateways differ although both are made in one millisecond', () => {
  const [one, other] = ['a1b2', 'c3d4'].map((mark) => requestIds(() => NOW, mark)());
  expect(one).not.toBe(other);
  expect([one, other].map((id) => requestMark(id ?? ''))).toEqual(['a1b2', 'c3d4']);
});

it('numbers are exact until 2088, and those of a clock before 2020 begin at zero', () => {
  const late = requestIds(() => Date.UTC(2088, 11, 31), 'a1b2')();
  expect(Number.isSafeInteger(requestNumber(late))).toBe(true);
  expect(requestId(requestNumber(late), 'a1b2')).toBe(late);
  expect(requestNumberAt(0)).toBe(0);
  const early = requestIds(() => 0, 'a1b2');
  expect([early(), early()].map(requestNumber)).toEqual([1, 2]);
});

it('a text that is no id has no number', () => {
  for (const text of [
    '',
    'row-1',
    'req_',
    'req_00mjuzdc0000A1b2x',
    'rex_0mjuzdc000000a1b2',
    'req_0mjuzdc00 000a1b2',
  ])
    expect(requestNumber(text)).toBeNaN();
});
