import { expect, test } from 'vitest';

import { deferralReason } from '../../src/routing/reason.ts';

test.each([
  [4_000, 11_000, 'refused the connection 4 s ago; next probe in 11 s'],
  [1_307_000, 60_000, 'refused the connection 22 min ago; next probe in 60 s'],
  [10_800_000, 300_000, 'refused the connection 3 h ago; next probe in 5 min'],
])('after %i ms an unreachable server is said to be so in the largest useful unit', (age, wait, text) => {
  const deferral = {
    code: 'unreachable',
    cause: 'refused the connection',
    since: 0,
    until: age + wait,
  } as const;
  expect(deferralReason(deferral, age)).toBe(text);
});
