import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { read, ROOT, rowsOf } from './pages.ts';

test('the table of metrics lists what a scrape returns', () => {
  const source = readdirSync(join(ROOT, 'src/http/metrics'))
    .map((file) => read(`src/http/metrics/${file}`))
    .join('\n');
  const returned = [...source.matchAll(/'((?:laneway|process|nodejs)_[a-z_]+)'/g)].map(([, name]) => name);
  const listed = rowsOf(read('docs/operations.md'))
    .map(([name = '']) => name)
    .filter((name) => /^(laneway|process|nodejs)_/.test(name));
  expect(listed.toSorted()).toEqual([...new Set(returned)].toSorted());
});
