import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { codeWords, read, ROOT } from './pages.ts';

const PAGE = read('docs/wire-cases.md');

const ROWS = [...PAGE.matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)].map(
  ([, number, sentence = '', heldBy = '']) => ({ number: Number(number), sentence, heldBy }),
);

test('every case is listed once, in order', () => {
  const numbers = ROWS.map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
  expect(numbers.length).toBeGreaterThan(150);
});

test.each(ROWS)(
  'case $number: the tests that it names carry its number, or it is marked as not built',
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

test('only cases marked as without a test have none', () => {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' });
  const tests = files.filter((path) => path.endsWith('.ts') && !path.includes('docs'));
  const carried = new Set(tests.flatMap((path) => [...casesNamedIn(read(`test/${path}`))]));
  for (const { number, heldBy } of ROWS)
    expect([number, carried.has(number)]).toEqual([number, heldBy !== 'no test']);
});

/** The numbers after `case` or `cases` in a test file; comments do not count. */
function casesNamedIn(source: string): Set<number> {
  const code = source.replaceAll(/^\s*(?:\/\/|\/?\*).*$/gm, '');
  const lists = [...code.matchAll(/\bcases? (\d+(?:(?:, | and )\d+)*)/g)].map(([, list = '']) => list);
  return new Set(lists.flatMap((list) => list.split(/, | and /).map(Number)));
}
