import { expect, test } from 'vitest';
import { Refusals } from '../../src/providers/refusals.ts';

test('what a target refuses adds up, and each name is news once', () => {
  const refusals = new Refusals();
  expect(refusals.isEmpty).toBe(true);
  expect(refusals.add('m', ['seed'])).toEqual(['seed']);
  expect(refusals.add('m', ['seed', 'top_k'])).toEqual(['top_k']);
  expect(refusals.of('m')).toEqual(['seed', 'top_k']);
  expect(refusals.of('other')).toEqual([]);
});

test('the memory is bounded: the oldest target is forgotten', () => {
  const refusals = new Refusals();
  for (let index = 0; index <= 500; index += 1) refusals.add(`m${index}`, ['seed']);
  expect(refusals.of('m0')).toEqual([]);
  expect(refusals.of('m1')).toEqual(['seed']);
  expect(refusals.of('m500')).toEqual(['seed']);
});
