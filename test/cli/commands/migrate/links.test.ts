import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderWith } from './folder.ts';

test('a link to a file that does not exist yet stays a link', async () => {
  const folder = folderWith({ 'old.json': { role_mappings: { planner: { preferred: ['m:7b'] } } } });
  mkdirSync(join(folder.path, 'config'));
  const link = join(folder.path, 'config', 'user_models.json');
  symlinkSync('../dotfiles/laneway.json', link);
  expect((await folder.migrate(['old.json'], ['--write'])).code).toBe(0);
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(folder.read('dotfiles/laneway.json')).toContain('"ollama/m:7b"');
});
