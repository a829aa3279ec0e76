import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { SHIPPED } from '../../../config/files.ts';
import { ROLE_FILE } from '../../../config/migrate/older.ts';
import { ended, stopAll } from '../../../http/operator.ts';
import { startGateway } from '../../../support/gateway.ts';
import { laneway } from '../harness.ts';
import { folderWith } from './folder.ts';

afterEach(stopAll);

test('a role file is shown with what it becomes and the changes, and nothing is written', async () => {
  const folder = folderWith({ 'roles.json': ROLE_FILE });
  const { code, stdout, stderr } = await folder.migrate(['roles.json']);
  expect(code).toBe(0);
  expect(stdout).toContain('role_mappings.planner becomes lanes.planner\n');
  expect(stdout).toContain('model_profiles["mistral:latest"] becomes models["ollama/mistral:latest"]\n');
  expect(stdout).toContain('cloud_providers.openai: provider "openai" is configured already\n');
  expect(stdout).toMatch(/user_models\.json \(new\)\n\+ \{\n/);
  expect(stdout).toContain('+         "ollama/llama3.1:8b",\n');
  expect(stderr).toBe('nothing was written; write it with --write\n');
  expect(folder.names()).toEqual([]);
});

test('with --write it is written; the same again changes nothing and says so', async () => {
  const folder = folderWith({ 'roles.json': ROLE_FILE });
  const first = await folder.migrate(['roles.json'], ['--write']);
  expect(first.stderr).toMatch(/^wrote \S+user_models\.json\n/);
  const written = folder.read('config/user_models.json');
  const again = await folder.migrate(['roles.json'], ['--write']);
  expect([again.code, again.stderr]).toEqual([
    0,
    'nothing to write: the configuration has all of it already\n',
  ]);
  expect(again.stdout).toMatch(/user_models\.json needs no change\n$/);
  expect([folder.read('config/user_models.json'), folder.names()]).toEqual([written, ['user_models.json']]);
  const valid = await laneway(['config', 'validate'], { configDirectory: join(folder.path, 'config') });
  expect([valid.code, valid.stdout]).toEqual([0, 'valid\n']);
});

test('a gateway on the result has the lane with its models, its cloud and its requirements', async () => {
  const folder = folderWith({ 'roles.json': ROLE_FILE });
  await folder.migrate(['roles.json'], ['--write']);
  const config = JSON.parse(readFileSync(join(SHIPPED, 'models.json'), 'utf8')) as unknown;
  const gateway = ended(await startGateway({ config, folder: folder.path, discover: false }));
  const { lanes, models } = (await gateway.get('/api/debug/config')) as Record<
    string,
    Record<string, unknown>
  >;
  expect(lanes?.['planner']).toMatchObject({
    preferred: ['ollama/llama3.1:8b', 'ollama/mistral:latest'],
    cloud_fallback: ['openai/gpt-4o-mini'],
    requirements: {
      reasoning_strength: 0.7,
      context_length_min: 8000,
      memory_gb_max: 8,
      supports_tools: false,
    },
  });
  expect(models?.['ollama/mistral:latest']).toMatchObject({
    capabilities: { quantization: 'Q4_K_M', parameter_count: 7_240_000_000, memory_gb_estimate: 5 },
  });
  const { stdout } = await laneway(['explain', 'lane:planner', '--json', '--url', gateway.url]);
  const { targets } = JSON.parse(stdout) as { targets: { target: string; source: string }[] };
  expect(targets.map(({ target, source }) => `${target} ${source}`)).toEqual(
    expect.arrayContaining([
      'ollama/llama3.1:8b preferred',
      'ollama/mistral:latest preferred',
      'openai/gpt-4o-mini cloud_fallback',
    ]),
  );
});

test('the same file as YAML becomes the same', async () => {
  const yaml =
    'role_mappings:\n  planner:\n    preferred: ["llama3.1:8b", mistral:latest]\n    cloud_fallback: openai:gpt-4o-mini\n';
  const folder = folderWith({ 'models.yaml': yaml });
  await folder.migrate(['models.yaml'], ['--write']);
  expect(JSON.parse(folder.read('config/user_models.json') ?? '')).toMatchObject({
    lanes: { planner: { preferred: ['ollama/llama3.1:8b', 'ollama/mistral:latest'] } },
  });
});

test('of several files a later one wins, and what it replaces is named', async () => {
  const role = (model: string): object => ({ role_mappings: { critic: { preferred: [model] } } });
  const folder = folderWith({ 'old/models.json': role('mistral'), 'old/user_models.json': role('qwen3:8b') });
  const files = ['old/models.json', 'old/user_models.json'];
  const { stdout } = await folder.migrate(files);
  expect(stdout).toMatch(
    /that a later one replaces\n {2}lanes\.critic\.preferred: that of \S+user_models\.json\n/,
  );
  await folder.migrate(files, ['--write']);
  expect(JSON.parse(folder.read('config/user_models.json') ?? '')).toEqual({
    lanes: { critic: { preferred: ['ollama/qwen3:8b'], cloud_fallback: [], cloud: false } },
  });
});

test('an older file that is user_models.json itself is replaced by what it becomes', async () => {
  const cloud = { openai: { api_key: 'fake-canary' } };
  const folder = folderWith({
    'config/user_models.json': { aliases: { best: 'lane:coder' }, ...ROLE_FILE, cloud_providers: cloud },
  });
  const { stdout, stderr } = await folder.migrate(['config/user_models.json'], ['--write']);
  expect(stdout).toContain('- role_mappings, model_profiles, cloud_providers, which become');
  expect(stdout + stderr).not.toContain('canary');
  expect(stderr).toContain('the older files still contain keys');
  expect(Object.keys(JSON.parse(folder.read('config/user_models.json') ?? '') as object)).toEqual([
    'aliases',
    'models',
    'lanes',
  ]);
});

test('an older file in the place of the defaults is exit 2, with what to do; a start names the command', async () => {
  const folder = folderWith({ 'config/models.json': ROLE_FILE });
  const { code, stdout, stderr } = await folder.migrate(['config/models.json']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('move the older file to another directory');
  const valid = await laneway(['config', 'validate'], { configDirectory: join(folder.path, 'config') });
  expect(valid.stdout).toMatch(
    /role_mappings: unknown key; it is of an older role file; "laneway migrate FILE"/,
  );
});
