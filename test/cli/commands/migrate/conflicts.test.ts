import { chmodSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROLE_FILE } from '../../../config/migrate/older.ts';
import { folderWith } from './folder.ts';

const USER = `{
  "$schema": "./schema.json",
  "lanes": { "planner": { "preferred": ["ollama/qwen3:8b"] } },

  "nodes": { "evaluate": { "lane": "coder" } }
}
`;
const FILES = { 'roles.json': ROLE_FILE, 'config/user_models.json': USER };

test('a value that the file has already stays, and is named with both values', async () => {
  const folder = folderWith(FILES);
  const { stdout } = await folder.migrate(['roles.json'], ['--write']);
  expect(stdout).toMatch(
    /Conflicts with \S+: the file keeps its values; --overwrite replaces them\n {2}lanes\.planner\.preferred: \["ollama\/qwen3:8b"\] in the file, \["ollama\/llama3\.1:8b","ollama\/mistral:latest"\] in \S+roles\.json\n/,
  );
  const written = JSON.parse(folder.read('config/user_models.json') ?? '') as Record<string, unknown>;
  expect(written).toMatchObject({
    nodes: { evaluate: { lane: 'coder' } },
    lanes: { planner: { preferred: ['ollama/qwen3:8b'], cloud_fallback: ['openai/gpt-4o-mini'] } },
  });
  const again = await folder.migrate(['roles.json'], ['--write']);
  expect(again.stderr).toContain('nothing to write besides the conflicts');
  const json = await folder.migrateJson(['roles.json']);
  expect(json).toMatchObject({
    written: false,
    changed: false,
    conflicts: [{ path: 'lanes.planner.preferred', existing: ['ollama/qwen3:8b'], kept: 'existing' }],
  });
});

test('with --overwrite the older file wins', async () => {
  const folder = folderWith(FILES);
  const { stdout } = await folder.migrate(['roles.json'], ['--write', '--overwrite']);
  expect(stdout).toContain('the older file wins\n');
  expect(JSON.parse(folder.read('config/user_models.json') ?? '')).toMatchObject({
    lanes: { planner: { preferred: ['ollama/llama3.1:8b', 'ollama/mistral:latest'] } },
  });
  const again = await folder.migrate(['roles.json'], ['--write', '--overwrite']);
  expect(again.stderr).toBe('nothing to write: the configuration has all of it already\n');
});

test('what the file had before is kept as a copy with the time; the rest of its text and its mode stay', async () => {
  const folder = folderWith(FILES);
  const file = join(folder.path, 'config', 'user_models.json');
  chmodSync(file, 0o600);
  const now = Date.parse('2026-02-03T04:05:06Z');
  await folder.migrate(['roles.json'], ['--write'], { now });
  await folder.migrate(['roles.json'], ['--write', '--overwrite'], { now });
  expect(folder.names()).toEqual([
    'user_models.json',
    'user_models.json.bak-2026-02-03T04-05-06Z',
    'user_models.json.bak-2026-02-03T04-05-06Z-2',
  ]);
  expect(folder.read('config/user_models.json.bak-2026-02-03T04-05-06Z')).toBe(USER);
  expect(folder.read('config/user_models.json')).toContain(
    '\n\n  "nodes": { "evaluate": { "lane": "coder" } }',
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a link stays a link', async () => {
  const folder = folderWith({ 'roles.json': ROLE_FILE, 'mine.json': '{}', 'config/x': '' });
  symlinkSync('../mine.json', join(folder.path, 'config', 'user_models.json'));
  await folder.migrate(['roles.json'], ['--write']);
  expect(folder.read('mine.json')).toContain('planner');
  expect(folder.names()).toEqual(['user_models.json', expect.stringMatching(/\.bak-/), 'x']);
});

test('a result that the gateway would refuse is not written: exit 1 with the faults', async () => {
  const folder = folderWith({
    ...FILES,
    'config/user_models.json': { nodes: { evaluate: { lane: 'nowhere' } } },
  });
  const before = folder.read('config/user_models.json');
  const { code, stdout, stderr } = await folder.migrate(['roles.json'], ['--write']);
  expect([code, stderr]).toEqual([1, 'the gateway would refuse the result, so nothing was written\n']);
  expect(stdout).toMatch(/fault \S+user_models\.json: nodes\.evaluate\.lane: unknown lane "nowhere"/);
  expect(folder.read('config/user_models.json')).toBe(before);
  expect(folder.names()).toEqual(['user_models.json']);
});

test.each([
  ['that is no JSON', '{ "lanes": ', /line 1, column \d+: invalid JSON/],
  [
    'with a key in it, which is not shown',
    '{"providers":{"openai":{"api_key":"fake-canary"}}}',
    /keys must not be stored/,
  ],
])('a user_models.json %s is exit 1, and stays as it is', async (_, text, fault) => {
  const folder = folderWith({ ...FILES, 'config/user_models.json': text });
  const { code, stdout, stderr } = await folder.migrate(['roles.json'], ['--write']);
  expect(code).toBe(1);
  expect(stdout).toMatch(fault);
  expect(stdout + stderr).not.toContain('canary');
  expect(folder.read('config/user_models.json')).toBe(text);
});

test('a configuration directory that is a file is exit 1, and nothing is printed as written', async () => {
  const folder = folderWith({ 'roles.json': ROLE_FILE, config: 'a file' });
  const { code, stdout, stderr } = await folder.migrate(['roles.json'], ['--write']);
  expect(code).toBe(1);
  expect(stdout).toContain('part of its path is not a directory');
  expect(stderr).not.toContain('wrote');
});

test('a file with Windows line ends or tabs keeps them', async () => {
  const folder = folderWith({ ...FILES, 'config/user_models.json': USER.replaceAll('\n', '\r\n') });
  const { stdout } = await folder.migrate(['roles.json'], ['--write']);
  expect(stdout).not.toContain('\ufffd');
  expect(folder.read('config/user_models.json')).not.toMatch(/[^\r]\n/);
  const tabs = folderWith({ ...FILES, 'config/user_models.json': '{\n\t"nodes": {}\n}\n' });
  await tabs.migrate(['roles.json'], ['--write']);
  expect(tabs.read('config/user_models.json')).toContain('\n\t"lanes": {\n\t\t"planner": {');
});
