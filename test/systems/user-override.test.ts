import { afterEach, expect, test } from 'vitest';

import { call, ended, stopAll } from '../http/operator.ts';
import { startSystem, type System } from './system.ts';

afterEach(stopAll);

const ADA = '/api/v1/llm/users/ada/config';
const FOR_ADA = {
  config: { reasoning: { provider: 'openai', model_id: 'gpt-4o-mini', temperature: 0.3 } },
};

async function start(): Promise<System> {
  return ended(await startSystem('interaction-types', {}));
}

/** Who answers `reasoning` for a user, null: nobody in particular; and with which temperature. */
async function ask({ chat, seen }: System, user: string | null): Promise<unknown[]> {
  await chat({ model: 'reasoning' }, user === null ? {} : { 'x-laneway-user': user });
  const { target, body } = seen.at(-1)!;
  return [target, body['temperature']];
}

test('a user who has a configuration gets it with the next request, and nobody else does', async () => {
  const system = await start();
  expect(await ask(system, 'ada')).toEqual(['openai/gpt-4o', 0.7]);
  expect((await call(system.gateway, 'PUT', ADA, FOR_ADA)).status).toBe(200);
  expect(await ask(system, 'ada')).toEqual(['openai/gpt-4o-mini', 0.3]);
  expect(await ask(system, 'bob')).toEqual(['openai/gpt-4o', 0.7]);
  expect(await ask(system, null)).toEqual(['openai/gpt-4o', 0.7]);
});

test('types that are not set for the user are those of everybody, also after a switch', async () => {
  const system = await start();
  const { gateway, chat } = system;
  await call(gateway, 'PUT', ADA, FOR_ADA);
  await call(gateway, 'PUT', '/api/v1/llm/config/planning', { provider: 'openai', model_id: 'gpt-4o-mini' });
  await call(gateway, 'PUT', '/api/v1/llm/config/reasoning', {
    provider: 'groq',
    model_id: 'openai/gpt-oss-120b',
  });
  expect(await chat({ model: 'planning' }, { 'x-laneway-user': 'ada' })).toContain('by openai/gpt-4o-mini');
  expect(await ask(system, 'ada')).toEqual(['openai/gpt-4o-mini', 0.3]);
});

test('a deleted configuration puts the user back to that of everybody', async () => {
  const system = await start();
  await call(system.gateway, 'PUT', ADA, FOR_ADA);
  await call(system.gateway, 'PUT', ADA.replace('ada', 'bob'), FOR_ADA);
  const deleted = await fetch(system.gateway.url + ADA, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  expect(await ask(system, 'ada')).toEqual(['openai/gpt-4o', 0.7]);
  expect(await ask(system, 'bob')).toEqual(['openai/gpt-4o-mini', 0.3]);
  expect((await call(system.gateway, 'GET', ADA)).body).toEqual({ config: {} });
});

test('a reset of all switches keeps what is set for users', async () => {
  const system = await start();
  await call(system.gateway, 'PUT', ADA, FOR_ADA);
  await call(system.gateway, 'POST', '/api/debug/models/reset', {});
  expect(await ask(system, 'ada')).toEqual(['openai/gpt-4o-mini', 0.3]);
});
