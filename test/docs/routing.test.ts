import { expect, test } from 'vitest';
import { read, rowsOf, section } from './pages.ts';

const tables = section(read('src/routing/README.md'), '## How a plan is made').split('Deferrals:');
const plan = read('src/routing/plan.ts');

test.each([
  ['facts', 'ExclusionCode', tables[0]],
  ['deferrals', 'DeferralCode', tables[1]],
])('the design note names the %s that plans can hold', (_, type, table = '') => {
  const union = new RegExp(`export type ${type} =([^;]+);`).exec(plan)?.[1] ?? '';
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
  expect(codes.length).toBeGreaterThan(4);
  expect(rowsOf(table).map(([code]) => code)).toEqual(expect.arrayContaining(codes));
  expect(rowsOf(table)).toHaveLength(codes.length);
});
