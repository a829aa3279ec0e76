import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { ERRORS, type ErrorCode } from '../../src/protocol/errors.ts';
import { read, ROOT, rowsOf } from './pages.ts';

const rows = rowsOf(read('docs/errors.md')).map(([code = '', status = '', when = '', advice = '']) => ({
  code,
  status: Number(status),
  when,
  advice,
}));

test('every code of the catalogue stands in docs/errors.md once with its status, and no other', () => {
  const told = rows.map(({ code, status }) => `${code} ${status}`);
  const catalogue = Object.entries(ERRORS).map(([code, { status }]) => `${code} ${status}`);
  expect(told.toSorted()).toEqual(catalogue.toSorted());
});

test('each says when it comes and, where it can come, what to do', () => {
  for (const { code, when, advice } of rows) {
    expect(when, code).toMatch(/^\S.+\.$/);
    if (!isLater(when)) expect(advice, code).toMatch(/^\S.+\.$/);
  }
});

test('"not sent yet" stands at the codes that nothing in src answers with, and only there', () => {
  const source = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.ts') && !/^protocol.errors\.ts$/.test(path) && !/providers.demo/.test(path),
    )
    .map((path) => read(`src/${path}`))
    .join('\n');
  // A finish reason has the same name.
  const told = rows.filter(({ code }) => (code as ErrorCode) !== 'content_filter');
  const unused = told.filter(({ code }) => !source.includes(`'${code}'`)).map(({ code }) => code);
  expect(told.filter(({ when }) => isLater(when)).map(({ code }) => code)).toEqual(unused);
});

function isLater(when: string): boolean {
  return when.startsWith('Not sent yet: ');
}
