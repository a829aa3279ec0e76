import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { stackOfSources } from '../../src/cli/source-maps.ts';

const folder = mkdtempSync(join(tmpdir(), 'laneway-maps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'dist'));
const built = join(folder, 'dist', 'main.js');
const url = pathToFileURL(built).href;
// Line 1, column 1 of the built file is line 5, column 3 of the source.
writeFileSync(
  `${built}.map.gz`,
  gzipSync(JSON.stringify({ version: 3, names: [], sources: ['../src/app.ts'], mappings: 'AAIE' })),
);

test('the stack of an error in the built gateway names the lines of its sources', () => {
  const stack = `Error: no\n    at run (${url}:1:1)\n    at node:internal/main:9:9`;
  const [head, first, second] = stackOfSources(stack).split('\n');
  expect(head).toBe('Error: no');
  expect(first).toMatch(/at run \(.*src\/app\.ts:5:3\)$/);
  expect(second).toBe('    at node:internal/main:9:9');
});

test('a place without a map stays as it is', () => {
  const stack = `Error: no\n    at run (${url.replace('main', 'other')}:1:1)\n    at /srv/app.ts:2:2`;
  expect(stackOfSources(stack)).toBe(stack);
});
