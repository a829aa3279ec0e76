import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'laneway-uncaught-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'dist'));
const UNCAUGHT = new URL('../../src/cli/uncaught.ts', import.meta.url).href;

test.each([
  ['exception', `setImmediate(() => { throw new Error('broken'); });`],
  ['rejection', `Promise.reject(new Error('broken'));`],
])('an uncaught %s ends the built gateway with code 1 and the lines of its sources', (name, failing) => {
  const built = join(folder, 'dist', `${name}.js`);
  writeFileSync(built, `import { printUncaught } from '${UNCAUGHT}'; printUncaught(); ${failing}`);
  // Each place in line 1 of the built file is line 5, column 3 of the source.
  const map = { version: 3, names: [], sources: ['../src/app.ts'], mappings: 'AAIE' };
  writeFileSync(`${built}.map.gz`, gzipSync(JSON.stringify(map)));
  const { status, stderr } = spawnSync(process.execPath, [built], { encoding: 'utf8' });
  expect(stderr).toMatch(/^Error: broken\n {4}at .*src\/app\.ts:5:3/);
  expect(stderr).not.toContain(`${name}.js:1`);
  expect(status).toBe(1);
});
