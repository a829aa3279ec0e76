import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { read, ROOT } from './pages.ts';

const CASES = [...read('docs/wire-cases.md').matchAll(/^\| (\d+) \| (\S.*\.) \|$/gm)].map(
  ([, number, sentence = '']) => ({ number: Number(number), built: !sentence.startsWith('Not built: ') }),
);

test('every case is listed once, in order', () => {
  const numbers = CASES.map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  expect(numbers.length).toBeGreaterThan(150);
});

test('tests carry the numbers of exactly the cases that are built', () => {
  const paths = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  const sources = paths.filter((path) => path.endsWith('.ts')).map((path) => read(`test/${path}`));
  const carried = new Set(sources.flatMap((source) => casesNamedIn(source)));
  const built = CASES.filter((each) => each.built);
  expect(built.filter(({ number }) => !carried.has(number))).toEqual([]);
  expect(CASES.filter((each) => !each.built && carried.has(each.number))).toEqual([]);
});

/** The numbers after `wire case` or `wire cases` in a test file; comments do not count. */
function casesNamedIn(source: string): number[] {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const lists = [...code.matchAll(/\bwire cases? (\d+(?:(?:, | and )\d+)*)/g)];
  return lists.flatMap(([, list = '']) => list.split(/, | and /).map(Number));
}
