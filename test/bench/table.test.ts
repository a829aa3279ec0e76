import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'laneway-table-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const page = join(folder, 'page.md');
const results = join(folder, 'results.json');
const TABLE = join(import.meta.dirname, '..', '..', 'bench', 'table.ts');
const EMPTY = '<!-- table: here -->\n<!-- end of table -->\n';
const machine = { node: '26', cpu: 'a CPU', cores: 2, pinned: true, saturator: 'wrk' };
const runs = [{ 'cpu-2k': { bare: [40], laneway: [80] } }];
writeFileSync(results, JSON.stringify({ at: '2026-01-02T03:04:05Z', quick: false, machine, runs }));

function write(...words: string[]): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(process.execPath, [TABLE, ...words, results, page], { encoding: 'utf8' });
}

test('results of a part of the bench do not replace the table of a page, and the missing rows are named', () => {
  writeFileSync(page, EMPTY);
  const { status, stderr } = write();
  expect(status).toBe(1);
  expect(stderr).toMatch(/ is unchanged: .* lacks \d+ rows .*--partial/);
  expect(stderr).toContain('\n  memory, idle\n');
  expect(stderr).not.toContain('CPU a request, 2 KB, saturated');
  expect(readFileSync(page, 'utf8')).toBe(EMPTY);
});

test('results of a part of the bench replace the table of a page on request', () => {
  writeFileSync(page, EMPTY);
  expect(write('--partial')).toMatchObject({ status: 0, stderr: '' });
  expect(readFileSync(page, 'utf8')).toContain('| CPU a request, 2 KB, saturated | µs |');
});
