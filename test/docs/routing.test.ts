import { expect, test } from 'vitest';

import { read, rowsOf } from './pages.ts';

test.each(['ExclusionCode', 'DeferralCode'])('the routing page lists every %s', (type) => {
  const union = new RegExp(`export type ${type} =([^;]+);`).exec(read('src/routing/plan.ts'))?.[1] ?? '';
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(4);
  const listed = rowsOf(read('src/routing/README.md')).map(([code]) => code);
  expect(listed).toEqual(expect.arrayContaining(codes));
});
