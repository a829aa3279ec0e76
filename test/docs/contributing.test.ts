import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { codeWords, read, ROOT } from './pages.ts';

const RECIPES = read('CONTRIBUTING.md')
  .split(/^## Recipe: /m)
  .slice(1)
  .map((text) => ({ name: text.split('\n')[0] ?? '', words: codeWords(text) }));

test('there is a recipe for each of the four most common additions', () => {
  expect(RECIPES.map(({ name }) => name)).toEqual([
    'a provider',
    'a wire',
    'a failure class',
    'a table or a ledger column',
  ]);
});

// That the files named in the steps exist is checked in references.test.ts.
test.each(RECIPES)('$name: its steps name files, and the tests that check it exist', ({ words }) => {
  expect(words.filter((word) => word.startsWith('src/')).length).toBeGreaterThan(3);
  const command = words.find((word) => word.startsWith('npm test -- ')) ?? '';
  const paths = command.split(' ').filter((word) => word.startsWith('test/'));
  expect(paths.length).toBeGreaterThan(1);
  for (const path of paths) expect(existsSync(join(ROOT, path)), path).toBe(true);
});
