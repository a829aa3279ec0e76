import { describe, expect, test } from 'vitest';

import { chunk, head, json, lastChunk, until } from '../../support/fake-replies.ts';
import { chunks } from '../../support/gateway.ts';
import { configOver, startServer, startService, type Service } from './gateway.ts';

const PROVIDERS = '/api/v1/llm/providers';

async function started(): Promise<{ service: Service; url: string }> {
  const { url } = await startServer();
  return {
    service: await startService({ config: configOver(url), variables: { UP_KEY: 'sk-fake-up' } }),
    url,
  };
}

/** The body that adds the server as the provider `own`. */
function own(url: string, more: object = {}): object {
  return { id: 'own', type: 'custom', base_url: `${url}/v1`, api_key: 'sk-fake-own-1234', ...more };
}

test('a provider that a call adds answers a chat with its key, without a restart', async () => {
  const { service } = await started();
  const server = await startServer();
  const added = await service.call('POST', PROVIDERS, own(server.url, { name: 'Mine' }));
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({
    ...{ id: 'own', name: 'Mine', type: 'openai_compatible', source: 'database', enabled: true },
    ...{ key: { set: true, from: 'secret:provider:own' }, validated_at: null },
  });
  const reply = await service.gateway.chat({ model: 'own/m' });
  expect([reply.status, reply.headers.get('x-laneway-target')]).toEqual([200, 'own/m']);
  await reply.text();
  expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer sk-fake-own-1234');
  const { body } = await service.call('GET', PROVIDERS);
  expect(body['providers']).toHaveLength(3);
  expect(JSON.stringify(body)).not.toContain('sk-fake');
});

test('the models of an added provider are discovered by themselves', async () => {
  const { service } = await started();
  await service.gateway.app.discovery.start();
  const server = await startServer();
  await service.call('POST', PROVIDERS, own(server.url));
  await expect
    .poll(async () => (await service.call('GET', `${PROVIDERS}/own`)).body)
    .toMatchObject({ status: 'available', model_count: 2 });
});

test('a removed provider lets its stream end, and its idle connections close within 4 s', async () => {
  const { service } = await started();
  let finish = (): void => undefined;
  const last = new Promise<void>((resolve) => (finish = resolve));
  const [first = '', ...rest] = chunks('Hello', 'again');
  const server = await startServer((request) => {
    if ((request.json() as { stream?: boolean }).stream !== true) return null;
    return [
      head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }),
      ...[first, rest[0]].map((event) => chunk(`data: ${event}\n\n`)),
      until(last),
      ...[...rest.slice(1), '[DONE]'].map((event) => chunk(`data: ${event}\n\n`)),
      lastChunk(),
    ];
  });
  await service.call('POST', PROVIDERS, own(server.url));
  const stream = await service.gateway.chat({ model: 'own/m', stream: true });
  await (await service.gateway.chat({ model: 'own/m' })).text();
  expect(server.openConnections).toBeGreaterThan(1);
  expect((await service.call('DELETE', `${PROVIDERS}/own`)).status).toBe(204);
  expect((await service.call('GET', `${PROVIDERS}/own`)).error.code).toBe('provider_not_found');
  expect((await service.gateway.chat({ model: 'own/m' })).status).toBe(404);
  await expect.poll(() => server.openConnections, { timeout: 10_000 }).toBe(1);
  finish();
  expect(await stream.text()).toContain('[DONE]');
  await expect.poll(() => server.openConnections, { timeout: 10_000 }).toBe(0);
}, 30_000);

describe('validate', () => {
  test('answers 200 with what the server says, valid or not, and notes the time', async () => {
    const { service } = await started();
    const server = await startServer();
    await service.call('POST', PROVIDERS, own(server.url));
    const valid = await service.call('POST', `${PROVIDERS}/own/validate`);
    expect([valid.status, valid.body]).toEqual([
      200,
      expect.objectContaining({ valid: true, model_count: 2, error: null }),
    ]);
    expect((await service.call('GET', `${PROVIDERS}/own`)).body['validated_at']).toBe(
      valid.body['checked_at'],
    );
    server.use((request) => json(401, { error: { message: `bad key ${request.headers['authorization']}` } }));
    await service.call('PATCH', `${PROVIDERS}/own`, { api_key: 'sk-fake-wrong-key' });
    const refused = await service.call('POST', `${PROVIDERS}/own/validate`);
    expect(refused).toMatchObject({
      status: 200,
      body: { valid: false, model_count: null, error: { code: 'upstream_auth' } },
    });
    expect(JSON.stringify(refused.body)).not.toContain('wrong-key');
  });

  test('calls no server for a provider that is disabled or has no key', async () => {
    const { service } = await started();
    const codeOf = async (id: string): Promise<unknown> => {
      const { body } = await service.call('POST', `${PROVIDERS}/${id}/validate`);
      return (body['error'] as { code: string }).code;
    };
    expect(await codeOf('dark')).toBe('needs_key');
    await service.call('PATCH', `${PROVIDERS}/up`, { enabled: false });
    expect(await codeOf('up')).toBe('disabled');
    expect((await service.call('POST', `${PROVIDERS}/nope/validate`)).error.code).toBe('provider_not_found');
  });

  test('the time of a check survives a restart for a stored provider', async () => {
    const { service, url } = await started();
    await service.call('POST', PROVIDERS, own(url));
    const { body } = await service.call('POST', `${PROVIDERS}/own/validate`);
    await service.gateway.app.close();
    const again = await startService({ config: configOver(url), folder: service.gateway.folder });
    const shown = await again.call('GET', `${PROVIDERS}/own`);
    expect(shown.body).toMatchObject({ validated_at: body['checked_at'], key: { set: true } });
  });
});

test('models?refresh=1 waits for a fresh list, and says why there is none', async () => {
  const { service } = await started();
  const server = await startServer();
  await service.call('POST', PROVIDERS, own(server.url));
  const { body } = await service.call('GET', `${PROVIDERS}/own/models?refresh=1`);
  expect(body).toMatchObject({ models: [{ model_id: 'm' }, { model_id: 'n' }], error: null });
  server.use(json(200, { object: 'list', data: [{ id: 'newer', object: 'model' }] }));
  const fresh = await service.call('GET', `${PROVIDERS}/own/models?refresh=1`);
  const names = (fresh.body['models'] as { model_id: string }[]).map(({ model_id }) => model_id);
  expect(names).toContain('newer');
  server.use(json(500, {}));
  const failed = await service.call('GET', `${PROVIDERS}/own/models?refresh=1`);
  expect(failed.body).toMatchObject({
    fetched_at: fresh.body['fetched_at'],
    error: { code: 'upstream_error' },
  });
});

describe('changes', () => {
  test('of a provider of the files lie over it, and are removed again', async () => {
    const { service } = await started();
    const changed = await service.call('PATCH', `${PROVIDERS}/up`, { enabled: false, name: 'Off' });
    expect(changed.body).toMatchObject({
      source: 'database',
      enabled: false,
      name: 'Off',
      status: 'disabled',
    });
    expect((await service.gateway.chat({ model: 'up/m' })).status).toBe(503);
    expect((await service.call('DELETE', `${PROVIDERS}/up`)).status).toBe(204);
    expect((await service.call('GET', `${PROVIDERS}/up`)).body).toMatchObject({
      ...{ source: 'file', enabled: true, name: 'up', created_at: null },
    });
    expect((await service.call('DELETE', `${PROVIDERS}/up?force=1`)).error.code).toBe('in_use');
  });

  test('to another address without a key leave none', async () => {
    const { service } = await started();
    const server = await startServer();
    const { body } = await service.call('PATCH', `${PROVIDERS}/up`, { base_url: `${server.url}/v1` });
    expect(body['key']).toEqual({ set: false, from: null });
    await (await service.gateway.chat({ model: 'up/m' })).text();
    expect(server.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  test('a provider that the environment defines says so', async () => {
    const { url } = await startServer();
    const variables = { LANEWAY_PROVIDER_UP_URL: `${url}/v1`, LANEWAY_PROVIDER_UP_KEY: 'sk-fake-env' };
    const service = await startService({ config: configOver('http://127.0.0.1:9'), variables });
    expect((await service.call('GET', `${PROVIDERS}/up`)).body).toMatchObject({
      source: 'environment',
      key: { set: true, from: 'env:LANEWAY_PROVIDER_UP_KEY' },
    });
  });

  test.each([
    [{ id: 'Own', type: 'openai' }, 'id'],
    [{ id: '../x', type: 'openai' }, 'id'],
    [{ id: 'a'.repeat(65), type: 'openai' }, 'id'],
    [{ id: 'own' }, 'type'],
    [{ id: 'my-own', type: 'nonsense' }, 'type'],
    [{ id: 'own', type: 'custom' }, 'base_url'],
    [{ id: 'own', type: 'custom', base_url: 'http://169.254.169.254/' }, 'base_url'],
    [{ id: 'own', type: 'openai', api_key: 'sk-fake key' }, 'api_key'],
    [{ id: 'own', type: 'openai', api_key: 'secret:' }, 'api_key'],
    [{ id: 'own', type: 'openai', api_key: 'secret:provider:dark' }, 'api_key'],
    [{ id: 'own', type: 'openai', api_key: 'env:LANEWAY_MASTER_KEY' }, 'api_key'],
    [{ id: 'own', type: 'openai', apikey: 'sk-fake-own' }, 'apikey'],
  ])('%j is 400 with the field that is wrong, and changes nothing', async (body, param) => {
    const { service } = await started();
    const { status, error } = await service.call('POST', PROVIDERS, body);
    expect([status, error.code, error.param]).toEqual([400, 'invalid_body', param]);
    expect(error.message).not.toContain('sk-fake');
    expect(service.gateway.app.registry.snapshot.generation).toBe(1);
  });

  test('an earlier generation in If-Match is 412, and a call that changes nothing makes none', async () => {
    const { service, url } = await started();
    const stale = await service.call('POST', PROVIDERS, own(url), { 'if-match': '"0"' });
    expect([stale.status, stale.error.code]).toEqual([412, 'generation_mismatch']);
    expect((await service.call('POST', PROVIDERS, own(url), { 'if-match': '"1"' })).status).toBe(201);
    await service.call('PATCH', `${PROVIDERS}/own`, { api_key: 'sk-fake-own-1234', local: null });
    expect(service.gateway.app.registry.snapshot.generation).toBe(2);
    const { body } = await service.call('GET', '/api/audit');
    expect(body['entries']).toMatchObject([{ action: 'provider', subject: 'provider:own', from: null }]);
  });
});
