import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type Reply } from '../support/fake-upstream.ts';
import { completion, startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, stopAll } from './operator.ts';

afterEach(stopAll);

const REFUSED = json(401, { error: { message: 'Incorrect API key', code: 'invalid_api_key' } });

async function setUp(answer: (method: string) => Reply): Promise<TestGateway> {
  const upstream = await startFakeUpstream(({ method }) => answer(method));
  ended({ stop: () => upstream.close() });
  const sky = { type: 'openai', base_url: `${upstream.url}/v1`, local: true, api_key: 'env:SKY_KEY' };
  const config = {
    default_lane: 'main',
    providers: { sky },
    lanes: { main: { preferred: ['sky/m', 'sky/n'] } },
  };
  return ended(await startGateway({ config, variables: { SKY_KEY: 'sk-fake-000' } }));
}

interface Ready {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

test('a gateway whose only key was refused is not ready, and names the variable to check', async () => {
  const laneway = await setUp(() => REFUSED);
  const { status, body } = await call<Ready>(laneway, 'GET', '/ready');
  expect([status, body.ready]).toEqual([503, false]);
  expect(body.reasons).toHaveLength(2);
  expect(body.reasons[0]).toMatch(/^sky\/m: .*key.*check SKY_KEY$/);
  const models = await call<{ available: { status: string }[] }>(laneway, 'GET', '/api/debug/models');
  expect(models.body.available[0]?.status).toBe('key_refused');
});

test('a key that only requests find out about makes it not ready too, and a good answer ready again', async () => {
  const list = { object: 'list', data: [{ id: 'm', object: 'model', owned_by: 'fake' }] };
  let refuses = true;
  const laneway = await setUp((method) => {
    if (method === 'GET') return json(200, list);
    return refuses ? REFUSED : json(200, completion('hi'));
  });
  expect((await call<Ready>(laneway, 'GET', '/ready')).body.ready).toBe(true);
  await (await laneway.chat({ model: 'auto' })).text();
  expect((await call<Ready>(laneway, 'GET', '/ready')).body.ready).toBe(false);
  refuses = false;
  await (await laneway.chat({ model: 'auto' })).text();
  expect((await call<Ready>(laneway, 'GET', '/ready')).body.ready).toBe(true);
});

test('a server that wants a key where none is configured is said to require one, not to reject it', async () => {
  const upstream = await startFakeUpstream(() => REFUSED);
  ended({ stop: () => upstream.close() });
  const mine = { type: 'openai_compatible', base_url: `${upstream.url}/v1`, local: true };
  const config = { default_lane: 'main', providers: { mine }, lanes: { main: { preferred: ['mine/m'] } } };
  const laneway = ended(await startGateway({ config }));
  const { body } = await call<Ready>(laneway, 'GET', '/ready');
  expect(body.reasons[0]).toMatch(/^mine\/m: requires an API key \(401\).*; set the "api_key" of mine$/);
});
