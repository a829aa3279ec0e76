import { afterEach, expect, test } from 'vitest';

import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

interface Switched {
  readonly provider: string | null;
  readonly fit?: boolean;
  readonly success?: boolean;
  readonly warnings: readonly { readonly code: string; readonly detail: string }[];
  readonly error?: { readonly code: string; readonly message: string };
}

async function setUp(): Promise<TestGateway> {
  const config = laneOver([(await server('from a')).url]);
  const down = await server('from nowhere');
  const { url: refusing } = down;
  down.stopListening();
  const providers = {
    ...config.providers,
    down: { type: 'openai_compatible', base_url: refusing, local: true },
    off: { type: 'openai', enabled: false },
    nokey: { type: 'groq' },
  };
  const models = {
    'a/old': { retired_at: '2020-01-01', fallbacks: ['a/m'] },
    'off/gpt-x': {},
  };
  const nodes = { evaluate: { lane: 'main' }, vectors: { kind: 'embeddings', model: 'a/vec' } };
  const gateway = ended(await startGateway({ config: { ...config, providers, models, nodes } }));
  await gateway.app.discovery.start();
  return gateway;
}

test('a node is put on a server that is down, with a warning that says why and who answers meanwhile', async () => {
  const gateway = await setUp();
  for (const dry_run of [true, false]) {
    const target = { provider: 'down', model_id: 'm', dry_run };
    const { status, body } = await call<Switched>(gateway, 'PUT', '/api/debug/models/evaluate', target);
    expect([status, body.provider]).toEqual([200, 'down']);
    expect(body.fit).toBe(dry_run ? true : undefined);
    expect(body.warnings).toMatchObject([{ code: 'unreachable' }]);
    expect(body.warnings[0]?.detail).toMatch(/^down\/m: refused the connection .*; a\/m answers meanwhile$/);
  }
});

test('the model bar switches to a server that is down, with the same warning', async () => {
  const gateway = await setUp();
  for (const dry_run of [true, false]) {
    const target = { provider: 'down', model: 'm', dry_run };
    const { status, body } = await call<Switched>(gateway, 'POST', '/api/models/switch', target);
    expect(status).toBe(200);
    expect(body.warnings).toMatchObject([{ code: 'unreachable' }]);
    expect(body.warnings[0]?.detail).toContain('a/m answers meanwhile');
  }
});

test('a lane by name is switched to a server that is down, with the same warning', async () => {
  const gateway = await setUp();
  for (const dry_run of [true, false]) {
    const target = { provider: 'down', model_id: 'm', dry_run };
    const { status, body } = await call<Switched>(gateway, 'PUT', '/api/debug/models/lane:main', target);
    expect(status).toBe(200);
    expect(body.warnings).toMatchObject([{ code: 'unreachable' }]);
    expect(body.warnings[0]?.detail).toContain('a/m answers meanwhile');
  }
});

test('a retired model is assigned with a warning', async () => {
  const gateway = await setUp();
  for (const dry_run of [true, false]) {
    const target = { provider: 'a', model_id: 'old', dry_run };
    const { status, body } = await call<Switched>(gateway, 'PUT', '/api/debug/models/evaluate', target);
    expect(status).toBe(200);
    expect(body.warnings.map(({ code }) => code)).toContain('retired');
  }
});

test('a disabled provider is called disabled by a switch, a request and the lists', async () => {
  const gateway = await setUp();
  const target = { provider: 'off', model_id: 'gpt-x' };
  const { status, body } = await call<Switched>(gateway, 'PUT', '/api/debug/models/evaluate', target);
  expect([status, body.error?.code]).toEqual([409, 'unfit_target']);
  expect(body.error?.message).toContain('provider "off" is disabled');

  const answer = await gateway.chat({ model: 'off/gpt-x' });
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('is disabled');

  const list = await call<{ available: { provider: string; status: string }[] }>(
    gateway,
    'GET',
    '/api/debug/models',
  );
  expect(list.body.available.find(({ provider }) => provider === 'off')?.status).toBe('disabled');
  const bar = await call<{ providers: { id: string; status: string }[] }>(gateway, 'GET', '/api/models');
  expect(bar.body.providers.find(({ id }) => id === 'off')?.status).toBe('disabled');
  const offered = await call<{ data: { id: string }[] }>(gateway, 'GET', '/v1/models');
  expect(offered.body.data.map(({ id }) => id)).not.toContain('off/gpt-x');
});
