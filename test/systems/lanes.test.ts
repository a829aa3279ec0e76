import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { call, ended, stopAll } from '../http/operator.ts';
import { startSystem, type System } from './system.ts';

afterEach(stopAll);

const SERVED = {
  vllm: ['DeepSeek-R1-Distill-Qwen-32B', 'Qwen2.5-Coder-32B-Instruct', 'Llama-3.2-11B-Vision-Instruct'],
  llamacpp: ['Nemotron-8B-UltraLong-4M', 'granite-3.0-8b-instruct'],
  ollama: ['qwen2.5:14b', 'qwen2.5-coder:14b', 'llama3.1:8b'],
};
/** The first preferred model of each lane, and its temperature. */
const LANES = {
  orchestrator: ['vllm/DeepSeek-R1-Distill-Qwen-32B', 0],
  coder: ['vllm/Qwen2.5-Coder-32B-Instruct', 0.2],
  super_reader: ['llamacpp/Nemotron-8B-UltraLong-4M', undefined],
  fast_rag: ['vllm/Llama-3.2-11B-Vision-Instruct', 0.7],
  governance: ['llamacpp/granite-3.0-8b-instruct', undefined],
} as const;

async function start(variables: Record<string, string> = {}): Promise<System> {
  return ended(await startSystem('lanes', SERVED, { variables }));
}

test('each lane asks its first model, with its own temperature', async () => {
  const { chat, seen } = await start();
  for (const [lane, [target, temperature]] of Object.entries(LANES)) {
    expect(await chat({ model: lane })).toContain(`by ${target}`);
    expect(seen.at(-1)?.body['temperature']).toBe(temperature);
  }
  expect(await chat({ model: 'auto' })).toContain(`by ${LANES.orchestrator[0]}`);
});

test('an engine out of memory hands over to the next model of the lane, and the error of a whole chain names it', async () => {
  const installed = { vllm: ['Qwen2.5-Coder-32B-Instruct'], ollama: ['qwen2.5-coder:14b'] };
  const { gateway, answer, chat } = ended(await startSystem('lanes', installed));
  const memory = json(500, { error: { message: 'CUDA out of memory. Tried to allocate 2.00 GiB' } });
  answer('vllm/Qwen2.5-Coder-32B-Instruct', memory);
  expect(await chat({ model: 'coder' })).toContain('by ollama/qwen2.5-coder:14b');
  answer('ollama/qwen2.5-coder:14b', json(503, { error: { message: 'busy' } }));
  for (const target of ['anthropic/claude-sonnet-5-5', 'openai/gpt-6.1-terra'])
    answer(target, json(503, { error: { message: 'busy' } }));
  const reply = await gateway.chat({ model: 'coder' });
  const { error } = (await reply.json()) as { error: { message: string } };
  expect(reply.status).toBe(503);
  for (const target of ['ollama/qwen2.5-coder:14b', 'anthropic/claude-sonnet-5-5'])
    expect(error.message).toContain(target);
});

test('deep ingestion goes to super_reader, which may take an hour for the first token', async () => {
  const { gateway } = await start();
  const reply = await gateway.chat({ model: 'orchestrator' }, { 'x-laneway-hint': 'deep_ingest' });
  expect(await reply.text()).toContain('by llamacpp/Nemotron-8B-UltraLong-4M');
  expect(reply.headers.get('x-laneway-rule')).toBe('deep_ingest');
  const { body } = await call(gateway, 'GET', '/api/debug/config');
  expect(body['lanes']).toMatchObject({ super_reader: { deadlines: { first_token_s: 3600 } } });
});

test('the address and the model of a lane come from the environment, over the profile', async () => {
  const second = ended(await startSystem('lanes', SERVED));
  const { providers } = second.gateway.app.reloader.current();
  const url = providers['ollama']?.base_url ?? '';
  const { chat, gateway } = await start({
    ARGOS_LANE_CODER_URL: url,
    ARGOS_LANE_CODER_MODEL: 'llama3.1:8b',
    ARGOS_LANE_CODER_BACKEND: 'openai',
  });
  expect(await chat({ model: 'coder' })).toContain('by ollama/llama3.1:8b');
  expect(second.seen.map(({ target }) => target)).toEqual(['ollama/llama3.1:8b']);
  expect(gateway.app.reloader.stored.profile).toBe('lanes');
});

test('the health of lanes is shown without asking an engine again', async () => {
  const { gateway, chat, answer, seen } = await start();
  answer('vllm/Qwen2.5-Coder-32B-Instruct', json(500, { error: { message: 'HIP out of memory' } }));
  await chat({ model: 'coder' });
  const before = seen.length;
  const text = JSON.stringify(await gateway.get('/api/debug/health'));
  expect(text).toContain('vllm/Qwen2.5-Coder-32B-Instruct');
  expect(text).toContain('out of memory');
  expect(seen).toHaveLength(before);
});
