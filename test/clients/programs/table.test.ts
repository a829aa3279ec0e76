import { expect, test } from 'vitest';

import { PROGRAMS } from './programs.ts';
import { rowOf, tableInPage } from './table.ts';

test('docs/clients.md has one row for every program that is run, with its pinned version', () => {
  const shown = [...tableInPage().values()].map((row) => row.slice(0, 3));
  expect(shown).toEqual(PROGRAMS.map((program) => rowOf(program, [])));
});
