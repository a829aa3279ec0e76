import { afterEach, expect, test } from 'vitest';

import { ended, stopAll } from '../http/operator.ts';
import { post } from '../support/process.ts';
import { startSystem, type System } from './system.ts';

afterEach(stopAll);

const TYPES = {
  reasoning: ['openai/gpt-4o', 0.7],
  tools: ['openai/gpt-4o-mini', 0.1],
  subagents: ['openai/gpt-4o-mini', 0.5],
  planning: ['openai/gpt-4o', 0.2],
} as const;

async function start(): Promise<System> {
  return ended(await startSystem('interaction-types', {}));
}

test('each interaction type asks its model with its temperature', async () => {
  const { chat, seen } = await start();
  for (const [type, [target, temperature]] of Object.entries(TYPES)) {
    expect(await chat({ model: type })).toContain(`by ${target}`);
    expect(seen.at(-1)?.body['temperature']).toBe(temperature);
  }
});

test('a temperature that the caller sets wins', async () => {
  const { chat, seen } = await start();
  await chat({ model: 'reasoning', temperature: 0 });
  expect(seen.at(-1)?.body['temperature']).toBe(0);
});

test('embeddings use their own model, also when no model is named', async () => {
  const { gateway, seen } = await start();
  for (const body of [{ model: 'embeddings', input: 'a' }, { input: 'a' }]) {
    const reply = await post(`${gateway.url}/v1/embeddings`, body);
    expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([
      200,
      'openai/text-embedding-3-small',
    ]);
  }
  expect(seen.map(({ path }) => path)).toEqual(['/embeddings', '/embeddings']);
});

test('the purposes of the types are shown with their models', async () => {
  const { gateway } = await start();
  const { assignments } = (await gateway.get('/api/debug/models')) as {
    assignments: Record<string, { why: string; is_default: boolean }>;
  };
  expect(Object.fromEntries(Object.entries(assignments).map(([name, { why }]) => [name, why]))).toEqual({
    reasoning: 'main supervisor thinking',
    tools: 'tool calling and parsing',
    subagents: 'specialised tasks',
    planning: 'to-do generation',
    embeddings: 'vector search',
  });
});
