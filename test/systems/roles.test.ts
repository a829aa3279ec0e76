import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { call, ended, stopAll } from '../http/operator.ts';
import { startSystem, type System } from './system.ts';

afterEach(stopAll);

const SERVED = {
  ollama: ['llama3.1:8b', 'mistral:latest', 'qwen2.5:7b', 'qwen2.5:14b'],
};

async function start(user: object = {}): Promise<System> {
  return ended(await startSystem('roles', SERVED, { user }));
}

interface Config {
  readonly lanes: Readonly<Record<string, Record<string, unknown>>>;
  readonly models: Readonly<Record<string, Record<string, unknown>>>;
}

async function configOf({ gateway }: System): Promise<Config> {
  return (await gateway.get('/api/debug/config')) as Config;
}

test('planner, critic and executor ask their preferred local models', async () => {
  const { chat } = await start();
  expect(await chat({ model: 'planner' })).toContain('by ollama/llama3.1:8b');
  expect(await chat({ model: 'critic' })).toContain('by ollama/mistral:latest');
  expect(await chat({ model: 'executor' })).toContain('by ollama/qwen2.5:14b');
});

test('the requirements of the planner and the profile of mistral are those of the older file', async () => {
  const system = await start();
  const { lanes, models } = await configOf(system);
  expect(lanes['planner']?.['requirements']).toEqual({
    reasoning_strength: 0.7,
    context_length_min: 8000,
    memory_gb_max: 8,
    supports_tools: false,
  });
  expect(models['ollama/mistral:latest']?.['capabilities']).toEqual({
    context_length: 32000,
    quantization: 'Q4_K_M',
    parameter_count: 7_240_000_000,
    reasoning_strength: 0.7,
    coding_strength: 0.6,
    memory_gb_estimate: 5,
  });
});

test('without the local models the planner goes to its cloud fallback', async () => {
  const installed = { ollama: ['llama3.1:8b', 'mistral:latest'] };
  const { answer, chat } = ended(await startSystem('roles', installed));
  answer('ollama/llama3.1:8b', json(500, { error: { message: 'model requires more system memory' } }));
  expect(await chat({ model: 'planner' })).toContain('by ollama/mistral:latest');
  answer('ollama/mistral:latest', json(500, { error: { message: 'model requires more system memory' } }));
  expect(await chat({ model: 'planner' })).toContain('by openai/gpt-4o-mini');
});

test('the profile wins over user_models.json, and another one takes its place in one step', async () => {
  const system = await start({ lanes: { critic: { preferred: ['ollama/qwen2.5:7b'] } } });
  const { gateway, chat } = system;
  expect(await chat({ model: 'critic' })).toContain('by ollama/mistral:latest');
  const strict = { name: 'strict', config: { lanes: { critic: { preferred: ['openai/gpt-4o-mini'] } } } };
  await call(gateway, 'POST', '/api/profiles', strict);
  const { generation } = gateway.app.registry.snapshot;
  const swapped = await call(gateway, 'POST', '/api/profiles/strict/activate');
  expect(swapped.body).toEqual({ active: 'strict', generation: generation + 1, warnings: [] });
  expect(await chat({ model: 'critic' })).toContain('by openai/gpt-4o-mini');
  await call(gateway, 'POST', '/api/profiles/deactivate');
  expect(await chat({ model: 'critic' })).toContain('by ollama/qwen2.5:7b');
});

test('a role is swapped while it runs, and goes back', async () => {
  const { gateway, chat } = await start();
  const put = { provider: 'ollama', model_id: 'qwen2.5:7b' };
  expect((await call(gateway, 'PUT', '/api/debug/models/lane:executor', put)).status).toBe(200);
  expect(await chat({ model: 'executor' })).toContain('by ollama/qwen2.5:7b');
  await call(gateway, 'DELETE', '/api/debug/models/lane:executor');
  expect(await chat({ model: 'executor' })).toContain('by ollama/qwen2.5:14b');
});
