import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { PHASES } from '../../src/execution/record/phases.ts';
import { checkArchitecture } from '../support/architecture/rules.ts';
import { codeWords, read, ROOT, rowsOf, section } from './pages.ts';

const PAGE = read('docs/architecture.md');

test('the phases have the names and the order that traces give them', () => {
  const table = section(PAGE, '## The phases').matchAll(/^\| ([a-z]+) \| .* \| `src/gm);
  expect([...table].map(([, name]) => name).filter((name) => name !== 'phase')).toEqual(PHASES);
  expect(PAGE).toContain(PHASES.join(' → '));
});

test('the import table is the one that is enforced, for every folder of src', () => {
  const rows = rowsOf(section(PAGE, '## Who may import what'));
  const folders = rows.map(([folder = '']) => folder);
  const real = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.toSorted()).toEqual(real.map(({ name }) => name).toSorted());
  for (const [from = '', , allowed = ''] of rows) {
    const words = codeWords(allowed.includes('`') ? allowed : `\`${allowed}\``);
    for (const to of folders.filter((folder) => folder !== from)) {
      const types = words.includes(to);
      const all = types && !allowed.includes(`\`${to}\` (types)`);
      const file = words.find((word) => word.startsWith(`${to}/`)) ?? `${to}/any.ts`;
      expect(mayImport(from, 'import type', `${to}/any.ts`), `${from}: types of ${to}`).toBe(types);
      expect(mayImport(from, 'import', `${to}/any.ts`), `${from}: ${to}`).toBe(all);
      expect(mayImport(from, 'import', file), `${from}: ${file}`).toBe(all || words.includes(file));
    }
  }
});

function mayImport(from: string, how: string, file: string): boolean {
  const sample = `${how} { a } from '../${file}';`;
  return checkArchitecture(new Map([[`src/${from}/sample.ts`, sample]])).length === 0;
}
