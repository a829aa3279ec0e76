import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { makeDirectory } from '../../../src/store/files/make-directory.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'laneway-mkdir-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test('missing parents are created, and an existing directory is kept', async () => {
  const path = join(root, 'a', 'b', 'c');
  await makeDirectory(path);
  await makeDirectory(path);
  expect(statSync(path).isDirectory()).toBe(true);
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o700);
});

test('a file in the way is an error that names it', async () => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  await expect(makeDirectory(file)).rejects.toThrow(`${file} is a file, not a directory`);
  await expect(makeDirectory(join(file, 'data'))).rejects.toThrow('ENOTDIR');
});

test.runIf(existsSync('/proc/self'))('a directory below /proc is an error, not an endless wait', async () => {
  await expect(makeDirectory('/proc/laneway/data')).rejects.toThrow('/proc/laneway');
});
