import { expect, test } from 'vitest';

import { blocksOf, read, section } from '../../docs/pages.ts';
import { PROGRAMS } from './programs.ts';
import { rowOf, tableInPage } from './table.ts';

test('docs/clients.md shows the command of every program', () => {
  const page = read('docs/clients.md');
  for (const { name, command, heading, role } of PROGRAMS) {
    const block = blocksOf(section(page, heading)).find((each) => each.role === (role ?? 'program'));
    expect(block?.text, name).toMatch(new RegExp(`^${command} .*"Say hello\\."$`, 'm'));
  }
});

test('docs/clients.md has one row for every program that is run, with its pinned version', () => {
  const shown = [...tableInPage().values()].map((row) => row.slice(0, 3));
  expect(shown).toEqual(PROGRAMS.map((program) => rowOf(program, [])));
});
