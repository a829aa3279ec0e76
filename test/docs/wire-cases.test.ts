import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { codeWords, read, ROOT } from './pages.ts';

const PAGE = read('docs/wire-cases.md');

/** Groups A to H, K as far as it is built, and M. */
const NUMBERS = [...numbers(1, 148), ...numbers(172, 178), ...numbers(194, 205)];

const ROWS = [...PAGE.matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)].map(
  ([, number, sentence = '', heldBy = '']) => ({ number: Number(number), sentence, heldBy }),
);

test('every case stands there once, in its order', () => {
  expect(ROWS.map(({ number }) => number)).toEqual(NUMBERS);
});

test.each(ROWS)(
  'case $number: the tests that it names carry its number, or it says why there is none',
  (row) => {
    expect(row.sentence).toMatch(/^\S.*\.$/);
    const files = codeWords(row.heldBy);
    if (files.length === 0) {
      expect(row.heldBy).toBe('no test');
      expect(row.sentence).toMatch(/^Not built: /);
    }
    for (const file of files) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      expect(casesNamedIn(read(file)), file).toContain(row.number);
    }
  },
);

test('what is said to have no test has none, and no test carries a number that is no case', () => {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  const tests = files.filter((path) => path.endsWith('.ts') && !path.includes('docs'));
  const carried = new Set(tests.flatMap((path) => [...casesNamedIn(read(`test/${path}`))]));
  for (const { number, heldBy } of ROWS)
    expect([number, carried.has(number)]).toEqual([number, heldBy !== 'no test']);
  for (const number of carried) expect(number).toBeLessThanOrEqual(205);
});

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The numbers behind `case` or `cases` in the names of a file of tests; comments do not count. */
function casesNamedIn(source: string): Set<number> {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const lists = [...code.matchAll(/\bcases? (\d+(?:(?:, | and )\d+)*)/g)].map(([, list = '']) => list);
  return new Set(lists.flatMap((list) => list.split(/, | and /).map(Number)));
}
