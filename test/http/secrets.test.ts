import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { writeConfig } from '../support/config-files.ts';
import { configOver, startServer, startService, type Service } from './llm/gateway.ts';

async function started(): Promise<{ service: Service; server: Awaited<ReturnType<typeof startServer>> }> {
  const server = await startServer();
  const { providers, ...rest } = configOver(server.url) as { providers: { up: object; dark: object } };
  const team = { ...providers.up, api_key: 'secret:TEAM_KEY' };
  const service = await startService({ config: { ...rest, providers: { ...providers, up: team } } });
  return { service, server };
}

test('a provider whose file names a secret gets its key the moment the secret is set', async () => {
  const { service, server } = await started();
  expect((await service.gateway.chat({ model: 'up/m' })).status).toBe(503);
  const set = await service.call('PUT', '/api/secrets/TEAM_KEY', { value: 'sk-fake-team' });
  expect([set.status, set.body]).toEqual([200, { name: 'TEAM_KEY', version: 1, generation: 2 }]);
  await (await service.gateway.chat({ model: 'up/m' })).text();
  expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer sk-fake-team');
  expect((await service.call('PUT', '/api/secrets/TEAM_KEY', { value: 'sk-fake-team' })).body).toEqual(
    set.body,
  );
  const changed = await service.call('PUT', '/api/secrets/TEAM_KEY', { value: 'sk-fake-newer' });
  expect(changed.body).toEqual({ name: 'TEAM_KEY', version: 2, generation: 3 });
  await (await service.gateway.chat({ model: 'up/m' })).text();
  expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer sk-fake-newer');
  const key = join(service.gateway.folder, 'data', 'master.key');
  expect(statSync(key).mode & 0o777).toBe(0o600);
});

test('a secret in use is removed by force only, and then its provider has no key', async () => {
  const { service } = await started();
  await service.call('PUT', '/api/secrets/TEAM_KEY', { value: 'sk-fake-team' });
  const refused = await service.call('DELETE', '/api/secrets/TEAM_KEY');
  expect([refused.status, refused.error.code]).toEqual([409, 'in_use']);
  expect(refused.error.message).toContain('provider "up"');
  expect((await service.call('DELETE', '/api/secrets/TEAM_KEY?force=1')).status).toBe(204);
  expect((await service.call('GET', '/api/secrets')).body).toEqual({ secrets: [] });
  expect((await service.call('GET', '/api/v1/llm/providers/up')).body).toMatchObject({
    ...{ status: 'needs_key', key: { set: false, from: 'secret:TEAM_KEY' } },
  });
  const unknown = await service.call('DELETE', '/api/secrets/TEAM_KEY?force=1');
  expect([unknown.status, unknown.error.code]).toEqual([404, 'secret_not_found']);
  const { body } = await service.call('GET', '/api/audit');
  expect(body['entries']).toMatchObject([
    { action: 'provider', subject: 'secret:TEAM_KEY', from: 'version 1', to: null },
    { action: 'provider', subject: 'secret:TEAM_KEY', from: null, to: 'version 1' },
  ]);
});

describe('import', () => {
  test('stores the keys of several providers as one generation', async () => {
    const { service } = await started();
    const { status, body } = await service.call('POST', '/api/secrets/import', {
      keys: { dark: 'sk-fake-dark', up: 'sk-fake-imported' },
    });
    expect([status, body]).toEqual([200, { imported: ['dark', 'up'], generation: 2 }]);
    for (const id of ['dark', 'up']) {
      expect((await service.call('GET', `/api/v1/llm/providers/${id}`)).body['key']).toEqual({
        ...{ set: true, from: `secret:provider:${id}` },
      });
    }
    expect((await service.call('GET', '/api/secrets')).body['secrets']).toHaveLength(2);
  });

  test('is refused whole, with the names of all unknown providers', async () => {
    const { service } = await started();
    const keys = { dark: 'sk-fake-dark', drak: 'sk-fake-a', upp: 'sk-fake-b' };
    const { status, error } = await service.call('POST', '/api/secrets/import', { keys });
    expect([status, error.code, error.param]).toEqual([404, 'provider_not_found', 'keys']);
    expect(error.message).toContain('"drak", "upp"');
    expect((await service.call('GET', '/api/secrets')).body).toEqual({ secrets: [] });
  });
});

test('a rotation changes the master key while the secrets are in use, and no value', async () => {
  const { service, server } = await started();
  await service.call('PUT', '/api/secrets/TEAM_KEY', { value: 'sk-fake-team' });
  const path = join(service.gateway.folder, 'data', 'master.key');
  const before = readFileSync(path, 'utf8');
  const { status, body } = await service.call('POST', '/api/secrets/rotate');
  expect([status, body]).toEqual([
    200,
    { rotated: 1, check: expect.stringMatching(/^[0-9a-f]{16}$/), next: null },
  ]);
  expect(readFileSync(path, 'utf8')).not.toBe(before);
  const { body: audit } = await service.call('GET', '/api/audit');
  expect((audit['entries'] as object[])[0]).toMatchObject({
    ...{ action: 'provider', subject: 'master_key', actor: 'local', reason: null },
    ...{ from: expect.stringMatching(/^[0-9a-f]{16}$/), to: body['check'] },
  });
  expect((await service.call('PUT', '/api/secrets/OTHER', { value: 'sk-fake-other' })).status).toBe(200);
  await service.gateway.app.close();
  const { folder } = service.gateway;
  const again = await startService({ config: configOver(server.url), folder });
  expect((await again.call('GET', '/api/secrets')).body).toEqual({
    secrets: ['OTHER', 'TEAM_KEY'].map((name) => ({ name, version: 1, readable: true })),
  });
});

test('rotations and changes at the same time lose no secret', async () => {
  const { service, server } = await started();
  const names = Array.from({ length: 12 }, (_, index) => `KEY_${index}`);
  const calls = names.flatMap((name, index) => [
    service.call('PUT', `/api/secrets/${name}`, { value: `sk-fake-${index}` }),
    ...(index % 3 === 0 ? [service.call('POST', '/api/secrets/rotate')] : []),
  ]);
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(calls.map(() => 200));
  await service.gateway.app.close();
  const again = await startService({ config: configOver(server.url), folder: service.gateway.folder });
  for (const [index, name] of names.entries())
    expect(again.gateway.app.secrets.get(name)).toBe(`sk-fake-${index}`);
});

test.each([
  ['1KEY', { value: 'sk-fake-x' }, 'name'],
  ['sk-fake-key', { value: 'x' }, 'name'],
  [`K${'E'.repeat(128)}`, { value: 'x' }, 'name'],
  ['provider:up', { value: 'sk-fake-x' }, 'name'],
  ['KEY', { value: '' }, 'value'],
  ['KEY', { value: 'sk-fake\nx' }, 'value'],
  ['KEY', { value: 7 }, 'value'],
  ['KEY', {}, 'value'],
  ['KEY', { key: 'sk-fake-x' }, 'value'],
])('PUT %s %j is 400 and does not repeat what may be a key', async (name, body, param) => {
  const { service } = await started();
  const { status, error } = await service.call('PUT', `/api/secrets/${encodeURIComponent(name)}`, body);
  expect([status, error.code, error.param]).toEqual([400, 'invalid_body', param]);
  expect(error.message).not.toContain('sk-fake');
});

test('a body that is not JSON is refused without its text, in the reply and in the log', async () => {
  const { service } = await started();
  for (const body of ['{"value":sk-fake-key-1234}', 'sk-fake-key-1234', '{"value":"sk-fake-key-1234",}']) {
    const reply = await fetch(`${service.gateway.url}/api/secrets/KEY`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const text = await reply.text();
    expect([reply.status, text]).toEqual([400, expect.stringContaining('the body is not JSON: ')]);
    expect(text).not.toContain('fake');
  }
  expect(
    JSON.stringify([service.gateway.log, await service.gateway.get('/api/debug/requests?state=refused')]),
  ).not.toContain('fake');
});

test('a reference is not stored as a secret: a server would get its text as the key', async () => {
  const { service } = await started();
  for (const value of ['env:OPENAI_API_KEY', 'secret:OTHER']) {
    const { status, error } = await service.call('PUT', '/api/secrets/TEAM_KEY', { value });
    expect([status, error.code, error.param]).toEqual([400, 'invalid_body', 'value']);
    expect(error.message).toContain('must be the key itself');
  }
});

test('while the files are not valid, a secret is refused with their faults', async () => {
  const { service } = await started();
  await service.call('PUT', '/api/secrets/TEAM_KEY', { value: 'sk-fake-team' });
  writeConfig(service.gateway.folder, { 'models.json': { lanse: {} } });
  for (const [method, body] of [
    ['PUT', { value: 'sk-fake-other' }],
    ['DELETE', undefined],
  ] as const) {
    const { status, error } = await service.call(method, '/api/secrets/TEAM_KEY?force=1', body);
    expect([status, error.code, error.message]).toEqual([
      400,
      'invalid_body',
      expect.stringContaining('lanse'),
    ]);
  }
});
