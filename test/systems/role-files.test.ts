import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { laneway } from '../cli/commands/harness.ts';
import { ROLE_FILE } from '../config/migrate/older.ts';
import { json } from '../support/fake-replies.ts';
import { call, ended, stopAll } from '../http/operator.ts';
import { startSystem, type System } from './system.ts';

afterEach(stopAll);

const SERVED = {
  ollama: ['llama3.1:8b', 'mistral:latest', 'qwen2.5:7b', 'qwen2.5:14b'],
};

interface Config {
  readonly lanes: Readonly<Record<string, object>>;
}

async function start(served: Readonly<Record<string, readonly string[]>> = SERVED): Promise<System> {
  return ended(await startSystem('roles', served));
}

function fileOf({ gateway }: System, name: string): string {
  return join(gateway.folder, 'config', name);
}

function write(system: System, name: string, content: object): void {
  // JSON is YAML, too.
  writeFileSync(fileOf(system, name), JSON.stringify(content));
}

async function reload({ gateway }: System): Promise<void> {
  expect((await call(gateway, 'POST', '/api/debug/config/reload')).status).toBe(200);
}

/** The model that answers for the role. */
async function planner({ chat }: System): Promise<string> {
  return /by (\S+?)"/.exec(await chat({ model: 'planner' }))?.[1] ?? '';
}

const planning = (model: string): Config => ({ lanes: { planner: { preferred: [`ollama/${model}`] } } });

test('user_models.json wins over models.json, models.json over models.yaml, and a profile over the files', async () => {
  const system = await start();
  const own = JSON.parse(readFileSync(fileOf(system, 'models.json'), 'utf8')) as Config;
  const withPlanner = (model: string): object => ({
    ...own,
    lanes: { ...own.lanes, ...planning(model).lanes },
  });
  write(system, 'models.yaml', withPlanner('qwen2.5:14b'));
  write(system, 'models.json', withPlanner('qwen2.5:7b'));
  write(system, 'user_models.json', planning('mistral:latest'));
  await reload(system);
  expect(await planner(system)).toBe('ollama/llama3.1:8b');
  await call(system.gateway, 'POST', '/api/profiles/deactivate');
  expect(await planner(system)).toBe('ollama/mistral:latest');
  expect(system.gateway.log.map(({ message }) => message).join('\n')).toContain(
    'models.yaml: ignored, because models.json exists',
  );
  rmSync(fileOf(system, 'user_models.json'));
  await reload(system);
  expect(await planner(system)).toBe('ollama/qwen2.5:7b');
  rmSync(fileOf(system, 'models.json'));
  await reload(system);
  expect(await planner(system)).toBe('ollama/qwen2.5:14b');
});

test('where a value comes from is shown with its file, or the profile', async () => {
  const system = await start();
  write(system, 'user_models.json', { lanes: { planner: { params: { temperature: 0.4 } } } });
  await reload(system);
  const explained = JSON.stringify(
    ((await system.gateway.get('/api/debug/config?explain=1')) as { lanes: Record<string, unknown> }).lanes[
      'planner'
    ],
  );
  expect(explained).toMatch(/"temperature":\{"value":0\.4,"layer":"[^"]*user_models\.json"\}/);
  expect(explained).toMatch(/"reasoning_strength":\{"value":0\.7,"layer":"[^"]*roles\.json"\}/);
});

test('the three files of the older system, weakest first, become one, in which the strongest wins', async () => {
  const system = await start();
  await call(system.gateway, 'POST', '/api/profiles/deactivate');
  const old = join(system.gateway.folder, 'old');
  mkdirSync(old);
  const role = (model: string): object => ({
    role_mappings: { planner: { ...ROLE_FILE.role_mappings.planner, preferred: [model] } },
  });
  writeFileSync(
    join(old, 'models.yaml'),
    'role_mappings:\n  critic: {preferred: [mistral], cloud_fallback: openai:gpt-4o-mini}\n',
  );
  // Without the cloud: in this system each has the address of a fake.
  const { model_profiles } = ROLE_FILE;
  writeFileSync(join(old, 'models.json'), JSON.stringify({ ...role('llama3.1:8b'), model_profiles }));
  writeFileSync(join(old, 'user_models.json'), JSON.stringify(role('qwen2.5:7b')));
  const files = ['models.yaml', 'models.json', 'user_models.json'].map((name) => join(old, name));
  const options = ['--config-dir', join(system.gateway.folder, 'config'), '--write'];
  const { code, stdout } = await laneway(['migrate', ...files, ...options]);
  expect([code, stdout]).toEqual([0, expect.stringContaining('lanes.planner.preferred: that of ')]);
  await reload(system);
  expect(await planner(system)).toBe('ollama/qwen2.5:7b');
  expect(await system.chat({ model: 'critic' })).toContain('by ollama/mistral:latest');
});

test('a role that was migrated goes to its cloud when its models have no memory, and a profile lies over it', async () => {
  const system = await start({ ollama: ['llama3.1:8b', 'mistral:latest'] });
  await call(system.gateway, 'POST', '/api/profiles/deactivate');
  const file = join(system.gateway.folder, 'roles.json');
  const { role_mappings, model_profiles } = ROLE_FILE;
  writeFileSync(file, JSON.stringify({ role_mappings, model_profiles }));
  await laneway(['migrate', file, '--config-dir', join(system.gateway.folder, 'config'), '--write']);
  await reload(system);
  expect(await planner(system)).toBe('ollama/llama3.1:8b');
  for (const target of ['ollama/llama3.1:8b', 'ollama/mistral:latest'])
    system.answer(target, json(500, { error: { message: 'model requires more system memory' } }));
  expect(await planner(system)).toBe('openai/gpt-4o-mini');
  const night = { name: 'night', config: { lanes: { planner: { preferred: ['openai/gpt-4o'] } } } };
  await call(system.gateway, 'POST', '/api/profiles', night);
  await call(system.gateway, 'POST', '/api/profiles/night/activate');
  expect(await planner(system)).toBe('openai/gpt-4o');
});
