import { expect, test } from 'vitest';

import { FailedSignIns } from '../../../src/http/authenticate/failed-sign-ins.ts';
import { Sessions } from '../../../src/http/authenticate/sessions.ts';

const HOUR_MS = 60 * 60 * 1000;

test('a session lasts twelve hours and not a millisecond longer', () => {
  let wall = 1_000;
  const sessions = new Sessions(() => wall);
  const id = sessions.begin();
  wall += 12 * HOUR_MS - 1;
  expect(sessions.has(id)).toBe(true);
  wall += 1;
  expect(sessions.has(id)).toBe(false);
});

test('ids are 32 random bytes, and nothing but the whole id counts', () => {
  const sessions = new Sessions(() => 0);
  const [one, other] = [sessions.begin(), sessions.begin()];
  expect(Buffer.from(one, 'base64url')).toHaveLength(32);
  expect(one).not.toBe(other);
  expect([one, other].every((id) => sessions.has(id))).toBe(true);
  for (const wrong of ['', one.slice(1), `${one} `, one + other, one.toUpperCase()])
    expect(sessions.has(wrong)).toBe(false);
});

test('ending one session leaves the others', () => {
  const sessions = new Sessions(() => 0);
  const [one, other] = [sessions.begin(), sessions.begin()];
  sessions.end(one);
  sessions.end('unknown');
  expect([one, other].map((id) => sessions.has(id))).toEqual([false, true]);
});

test('of more than 64 sessions the oldest ends', () => {
  const sessions = new Sessions(() => 0);
  const ids = Array.from({ length: 65 }, () => sessions.begin());
  expect(ids.map((id) => sessions.has(id))).toEqual([false, ...new Array<boolean>(64).fill(true)]);
});

function fails(failed: FailedSignIns, address: string, times: number): number {
  let counted = 0;
  for (; counted < times; counted += 1) {
    try {
      failed.check(address);
    } catch {
      break;
    }
    failed.add(address);
  }
  return counted;
}

test('after ten wrong tokens an address waits for the rest of the minute, others do not', () => {
  let now = 5_000;
  const failed = new FailedSignIns(() => now);
  expect(fails(failed, '10.0.0.1', 50)).toBe(10);
  now += 20_000;
  expect(() => {
    failed.check('10.0.0.1');
  }).toThrow('try again in 40 s');
  expect(fails(failed, '10.0.0.2', 50)).toBe(10);
  now += 40_000;
  expect(fails(failed, '10.0.0.1', 50)).toBe(10);
});

test('an attacker with many addresses shares ten attempts among most of them', () => {
  const failed = new FailedSignIns(() => 0);
  const counted = Array.from({ length: 1_000 }, (_, index) => fails(failed, `address ${index}`, 50));
  expect(counted.reduce((sum, count) => sum + count)).toBe(200 * 10 + 10);
});
