import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { freeMemoryGb } from '../../src/util/free-memory.ts';

const folder = mkdtempSync(join(tmpdir(), 'laneway-memory-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(text: string): string {
  const path = join(folder, 'meminfo');
  writeFileSync(path, text);
  return path;
}

test('the free memory is what programs can still get, in gigabytes', async () => {
  const text = 'MemTotal:       131072000 kB\nMemFree:          524288 kB\nMemAvailable:   11035156 kB\n';
  expect(await freeMemoryGb(file(text))).toBe(11.3);
});

test.each(['MemTotal: 131072000 kB\n', '', 'MemAvailable: plenty\n'])(
  'it is unknown for %j',
  async (text) => {
    expect(await freeMemoryGb(file(text))).toBeNull();
  },
);

test('it is unknown on systems without that file', async () => {
  expect(await freeMemoryGb(join(folder, 'nowhere'))).toBeNull();
});
