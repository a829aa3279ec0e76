import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { read, ROOT, rowsOf, section } from './pages.ts';

const PAGE = read('docs/operations.md');

test('the table of metrics is what a scrape gives', () => {
  const source = readdirSync(join(ROOT, 'src/http/metrics'))
    .map((file) => read(`src/http/metrics/${file}`))
    .join('\n');
  const given = [...source.matchAll(/'((?:laneway|process|nodejs)_[a-z_]+)'/g)].map(([, name]) => name);
  const told = rowsOf(section(PAGE, '## Is it well?')).map(([name]) => name);
  expect(told.toSorted()).toEqual([...new Set(given)].toSorted());
});

test('the exit codes are those of the README', () => {
  const codes = [...section(PAGE, '## Start and stop').matchAll(/^\| (\d) \|/gm)].map(([, code]) => code);
  const [, sentence = ''] = /Exit codes: (.*?), each/.exec(read('README.md')) ?? [];
  expect([...sentence.matchAll(/\b(\d) the/g)].map(([, code]) => code)).toEqual(codes);
  expect(codes).toEqual(['2', '3', '4', '5']);
});
