import { expect, test } from 'vitest';

import { chatsOf, configOver, startServer, startService, type Service } from './gateway.ts';

const ADA = '/api/v1/llm/users/ada/config';
const KEY = { UP_KEY: 'sk-fake-up' };

async function started(): Promise<{ service: Service; server: Awaited<ReturnType<typeof startServer>> }> {
  const server = await startServer();
  const service = await startService({ config: configOver(server.url), variables: KEY });
  await service.gateway.app.discovery.start();
  return { service, server };
}

test('a user gets what is set for that user with the next request, others do not', async () => {
  const { service, server } = await started();
  const config = { evaluate: { provider: 'up', model_id: 'n', temperature: 0.2 } };
  const put = await service.call('PUT', ADA, { config });
  expect([put.status, put.body]).toMatchObject([
    200,
    { config: { evaluate: { provider: 'up', model_id: 'n', temperature: 0.2, source: 'override' } } },
  ]);
  for (const headers of [{ 'x-laneway-user': 'ada' }, { 'x-laneway-user': 'bob' }, {}])
    await (await service.gateway.chat({ model: 'evaluate' }, headers)).text();
  expect(chatsOf(server).map(({ model, temperature }) => [model, temperature])).toEqual([
    ['n', 0.2],
    ['m', 0.7],
    ['m', 0.7],
  ]);
  expect((await service.call('GET', ADA)).body).toEqual(put.body);
  expect((await service.call('GET', '/api/v1/llm/users/bob/config')).body).toEqual({ config: {} });
});

test('a set replaces the one before as one generation, switches of the model bar included', async () => {
  const { service } = await started();
  const entry = { provider: 'up', model_id: 'n' };
  await service.call(
    'POST',
    '/api/models/switch',
    { provider: 'up', model: 'n' },
    { 'x-laneway-user': 'ada' },
  );
  await service.call('PUT', ADA, { config: { evaluate: entry, 'lane:main': entry } });
  const generation = service.gateway.app.registry.snapshot.generation;
  expect((await service.call('GET', '/api/v1/llm/users')).body).toEqual({
    users: [{ user: 'ada', nodes: ['evaluate', 'lane:main'] }],
  });
  await service.call('PUT', ADA, { config: { talk: entry, evaluate: { ...entry, max_tokens: 3 } } });
  expect(service.gateway.app.registry.snapshot.generation).toBe(generation + 1);
  const { body } = await service.call('GET', ADA);
  expect(Object.keys(body['config'] as object)).toEqual(['evaluate', 'talk']);
  expect((await service.call('DELETE', ADA)).status).toBe(204);
  expect((await service.call('GET', '/api/v1/llm/users')).body).toEqual({ users: [] });
  expect((await service.call('DELETE', ADA)).status).toBe(204);
  expect(service.gateway.app.registry.snapshot.generation).toBe(generation + 2);
});

test.each([
  [{ evalute: { provider: 'up', model_id: 'n' } }, 404, 'node_not_found', 'config.evalute'],
  [{ 'lane:mian': { provider: 'up', model_id: 'n' } }, 404, 'lane_not_found', 'config.lane:mian'],
  [{ talk: { provider: 'up', model_id: 'zz' } }, 404, 'model_not_found', 'config.talk.model_id'],
  [{ talk: { provider: 'dark', model_id: 'gpt' } }, 409, 'unfit_target', 'config.talk'],
  [{ talk: { provider: 'up', model_id: 'n', heat: 1 } }, 400, 'invalid_body', 'config.talk'],
  [
    { 'lane:main': { provider: 'up', model_id: 'n', temperature: 1 } },
    400,
    'invalid_body',
    'config.lane:main',
  ],
])('a set with one bad entry is refused whole: %j', async (bad, status, code, param) => {
  const { service } = await started();
  const config = { evaluate: { provider: 'up', model_id: 'n' }, ...bad };
  const reply = await service.call('PUT', ADA, { config });
  expect([reply.status, reply.error.code, reply.error.param]).toEqual([status, code, param]);
  expect((await service.call('GET', ADA)).body).toEqual({ config: {} });
});

test('If-Match protects the set of a user', async () => {
  const { service } = await started();
  const config = { evaluate: { provider: 'up', model_id: 'n' } };
  expect((await service.call('PUT', ADA, { config }, { 'if-match': '"7"' })).status).toBe(412);
  expect((await service.call('DELETE', ADA, undefined, { 'if-match': '"7"' })).status).toBe(412);
});

test.each(['%20ada', 'ada%20', 'a%0ab', '%00', encodeURIComponent('é'.repeat(101))])(
  'a user that no header can name is refused: %s',
  async (user) => {
    const { service } = await started();
    const config = { evaluate: { provider: 'up', model_id: 'n' } };
    const { status, error } = await service.call('PUT', `/api/v1/llm/users/${user}/config`, { config });
    expect([status, error.param]).toEqual([400, 'user']);
    expect(error.message).toContain('x-laneway-user');
  },
);

test.each(['José', 'a b', 'a/b', '__proto__'])('a user can be named %s', async (user) => {
  const { service, server } = await started();
  const config = { evaluate: { provider: 'up', model_id: 'n' } };
  const path = `/api/v1/llm/users/${encodeURIComponent(user)}/config`;
  expect((await service.call('PUT', path, { config })).status).toBe(200);
  const headers = { 'x-laneway-user': Buffer.from(user).toString('latin1') };
  await (await service.gateway.chat({ model: 'evaluate' }, headers)).text();
  expect(chatsOf(server).map(({ model }) => model)).toEqual(['n']);
});
