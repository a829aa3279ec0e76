import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { ERRORS, type ErrorCode } from '../../src/protocol/errors.ts';
import { read, ROOT, rowsOf } from './pages.ts';

const rows = rowsOf(read('docs/errors.md')).map(([code = '', status = '', when = '']) => ({
  code,
  status: Number(status),
  when,
}));

test('docs/errors.md lists every code of the catalogue once, with its status, and no other', () => {
  const listed = rows.map(({ code, status }) => `${code} ${status}`);
  const catalogue = Object.entries(ERRORS).map(([code, { status }]) => `${code} ${status}`);
  expect(listed.toSorted()).toEqual(catalogue.toSorted());
});

test('exactly the codes that no code in src uses are marked as not sent yet', () => {
  const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.ts') && !/^protocol.errors\.ts$/.test(path) && !/providers.demo/.test(path),
    )
    .map((path) => read(`src/${path}`))
    .join('\n');
  // A finish reason has the same name.
  const checked = rows.filter(({ code }) => (code as ErrorCode) !== 'content_filter');
  const unused = checked.filter(({ code }) => !source.includes(`'${code}'`)).map(({ code }) => code);
  expect(checked.filter(({ when }) => isLater(when)).map(({ code }) => code)).toEqual(unused);
});

function isLater(when: string): boolean {
  return when.startsWith('Not sent yet: ');
}
