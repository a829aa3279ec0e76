import { isAbsolute } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { homeFolder } from '../../src/cli/home-folder.ts';

afterEach(() => vi.unstubAllEnvs());

test('HOME is the home folder', () => {
  vi.stubEnv('HOME', '/home/me');
  expect(homeFolder()).toBe('/home/me');
});

test.each(['', 'relative'])('a HOME that is %j counts as unset', (home) => {
  vi.stubEnv('HOME', home);
  const found = homeFolder();
  expect(found === null || isAbsolute(found)).toBe(true);
});
