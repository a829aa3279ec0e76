import { afterEach, expect, test } from 'vitest';

import { json, sse } from '../support/fake-replies.ts';
import { chunks, startGateway } from '../support/gateway.ts';
import { call, ended, stopAll } from '../http/operator.ts';
import { startSystem, type System } from './system.ts';

afterEach(stopAll);

const SERVED = {
  llamacpp: ['qwen3-0.6b-q4.gguf'],
  ollama: ['llama2:latest'],
};

async function start(): Promise<System> {
  return ended(await startSystem('model-bar', SERVED));
}

interface Bar {
  readonly active: { readonly provider: string; readonly model: string };
  readonly providers: readonly { readonly id: string; readonly models: readonly { readonly id: string }[] }[];
}

test('the bar shows the model of llama.cpp as the active one, and the models of every provider', async () => {
  const { gateway, chat } = await start();
  const { active, providers } = (await gateway.get('/api/models')) as Bar;
  expect(active).toEqual({ provider: 'llamacpp', model: 'qwen3-0.6b-q4.gguf' });
  const ids = providers.map(({ id, models }) => [id, models.map((model) => model.id)]);
  expect(ids).toEqual(
    expect.arrayContaining([
      ['ollama', ['llama2:latest']],
      ['llamacpp', ['qwen3-0.6b-q4.gguf']],
    ]),
  );
  expect(await chat({ model: 'auto' })).toContain('by llamacpp/qwen3-0.6b-q4.gguf');
});

test('a selection is in force for the next message, and no temperature of a lane is added', async () => {
  const { gateway, chat, seen } = await start();
  const switched = await call(gateway, 'POST', '/api/models/switch', {
    provider: 'ollama',
    model: 'llama2:latest',
  });
  expect(switched.body).toMatchObject({ success: true, provider: 'ollama', model: 'llama2:latest' });
  expect(await chat({})).toContain('by ollama/llama2:latest');
  expect(seen.at(-1)?.body).not.toHaveProperty('temperature');
  expect(((await gateway.get('/api/models')) as Bar).active).toEqual({
    provider: 'ollama',
    model: 'llama2:latest',
  });
});

test('a stream that runs during a selection ends in peace, from the model it began with', async () => {
  const { gateway, answer } = await start();
  const words = chunks('one ', 'two ', 'three ', 'four');
  answer('llamacpp/qwen3-0.6b-q4.gguf', sse([...words, '[DONE]'], { delayMs: 40 }));
  const reply = await gateway.chat({ model: 'auto', stream: true });
  await call(gateway, 'POST', '/api/models/switch', { provider: 'openai', model: 'gpt-3.5-turbo' });
  const text = await reply.text();
  for (const word of ['one ', 'two ', 'three ', 'four', '[DONE]']) expect(text).toContain(word);
});

test('without the local servers OpenAI answers', async () => {
  const { answer, chat } = await start();
  for (const target of ['llamacpp/qwen3-0.6b-q4.gguf', 'ollama/llama2:latest'])
    answer(target, json(503, { error: { message: 'down' } }));
  expect(await chat({})).toContain('by openai/gpt-3.5-turbo');
});

test('the profile and the selection survive a restart', async () => {
  const { gateway } = await start();
  await call(gateway, 'POST', '/api/models/switch', { provider: 'ollama', model: 'llama2:latest' });
  const config = {
    default_lane: 'own',
    providers: gateway.app.reloader.effective()['providers'],
    lanes: { own: {} },
  };
  await gateway.app.close();
  const again = ended(await startGateway({ config, folder: gateway.folder, presets: true }));
  expect(((await again.get('/api/models')) as Bar).active).toEqual({
    provider: 'ollama',
    model: 'llama2:latest',
  });
  expect(await again.get('/api/profiles')).toMatchObject({ active: 'model-bar' });
});
