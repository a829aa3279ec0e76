import { expect, onTestFinished, test } from 'vitest';
import type { GatewayError } from '../../src/protocol/errors.ts';
import { keySecret, StoredProviders } from '../../src/registry/stored-providers.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const CONFIG = {
  default_lane: 'main',
  providers: {
    box: { type: 'vllm', base_url: 'http://127.0.0.1:9', api_key: 'env:BOX_KEY' },
  },
  lanes: { main: { preferred: ['box/m'] } },
  nodes: { evaluate: { model: 'box/m' } },
};
const NOTE = { actor: 'local', ifGeneration: null };

async function start(
  folder?: string,
  config: object = CONFIG,
): Promise<{ gateway: TestGateway; service: StoredProviders }> {
  const gateway = await startGateway({
    config,
    variables: { BOX_KEY: 'sk-fake-box' },
    discover: false,
    ...(folder === undefined ? {} : { folder }),
  });
  onTestFinished(() => gateway.stop());
  const { reloader, registry, secrets } = gateway.app;
  return { gateway, service: new StoredProviders({ changes: reloader, registry, secrets }) };
}

function providerOf({ app }: TestGateway, id: string) {
  return app.providers.current.get(id);
}

async function errorOf(work: Promise<unknown>): Promise<Pick<GatewayError, 'code' | 'message'>> {
  return work.then(
    () => {
      throw new Error('no error');
    },
    (error: unknown) => error as GatewayError,
  );
}

test('a provider that is added is used at once, with its key, and is one generation', async () => {
  const { gateway, service } = await start();
  const { generation } = gateway.app.registry.snapshot;
  const values = { type: 'custom', base_url: 'http://127.0.0.1:9/v1', api_key: 'sk-fake-own', local: true };
  expect(await service.add('own', values, NOTE)).toEqual({
    generation: generation + 1,
    changed: ['providers.own'],
  });
  expect(providerOf(gateway, 'own')).toMatchObject({ baseUrl: 'http://127.0.0.1:9/v1', missingKey: null });
  expect(gateway.app.reloader.current().providers['own']).toMatchObject({
    type: 'openai_compatible',
    api_key: 'secret:provider:own',
  });
  expect(gateway.app.secrets.get(keySecret('own'))).toBe('sk-fake-own');
  expect((await errorOf(service.add('own', values, NOTE))).code).toBe('exists');
});

test('what cannot be added is rejected with the field that is wrong, and changes nothing', async () => {
  const { gateway, service } = await start();
  const { generation } = gateway.app.registry.snapshot;
  const error = await errorOf(service.add('own', { type: 'vllm', base_url: 'ftp://x' }, NOTE));
  expect(error).toMatchObject({ code: 'invalid_body', options: { param: 'base_url' } });
  expect((await errorOf(service.add('own', { type: 'nonsense' }, NOTE))).message).toContain('nonsense');
  expect(gateway.app.registry.snapshot.generation).toBe(generation);
  expect(providerOf(gateway, 'own')).toBeUndefined();
});

test('a key never follows a provider to another address', async () => {
  const { gateway, service } = await start();
  await service.patch('box', { api_key: 'sk-fake-new' }, NOTE);
  expect(providerOf(gateway, 'box')?.missingKey).toBeNull();
  await service.patch('box', { base_url: 'http://127.0.0.1:10' }, NOTE);
  expect(gateway.app.reloader.current().providers['box']?.api_key).toBeUndefined();
  expect(gateway.app.secrets.get(keySecret('box'))).toBeUndefined();
});

test('a key does not follow a provider to the address of the files, or to that of another type', async () => {
  const { gateway, service } = await start();
  const keyOf = (id: string) => gateway.app.reloader.current().providers[id]?.api_key;
  await service.patch('box', { base_url: 'http://127.0.0.1:10', api_key: 'sk-fake-other' }, NOTE);
  await service.patch('box', { base_url: null }, NOTE);
  expect(keyOf('box')).toBe('env:BOX_KEY');
  expect(gateway.app.secrets.get(keySecret('box'))).toBeUndefined();
  await service.add('cloud', { type: 'openai', api_key: 'sk-fake-openai' }, NOTE);
  await service.patch('cloud', { type: 'groq' }, NOTE);
  expect(keyOf('cloud')).toBeUndefined();
  await service.patch('box', { type: 'ollama' }, NOTE);
  expect(keyOf('box')).toBeUndefined();
});

test('a change that changes nothing makes no generation', async () => {
  const { service } = await start();
  const { generation } = await service.patch('box', { api_key: 'sk-fake-new', enabled: true }, NOTE);
  for (const same of [
    { api_key: 'sk-fake-new' },
    { base_url: 'http://127.0.0.1:9/v1' },
    { enabled: true },
    {},
  ]) {
    expect(await service.patch('box', same, NOTE)).toEqual({ generation, changed: [] });
  }
});

test('an entry over a provider of the files is removed alone; the provider of the files cannot be removed', async () => {
  const { gateway, service } = await start();
  await service.patch('box', { enabled: false, name: 'Off' }, NOTE);
  expect(providerOf(gateway, 'box')).toBeUndefined();
  await service.remove('box', { ...NOTE, force: false });
  expect(providerOf(gateway, 'box')?.name).not.toBe('Off');
  const error = await errorOf(service.remove('box', { ...NOTE, force: true }));
  expect(error.code).toBe('in_use');
  expect(error.message).toContain('"enabled": false');
});

test('a provider that is assigned is removed only by force, and its nodes go back to their default', async () => {
  const { gateway, service } = await start();
  const { registry } = gateway.app;
  await service.add('own', { type: 'vllm', base_url: 'http://127.0.0.1:9' }, NOTE);
  const note = { reason: null, actor: 'local', expiresAt: null };
  await registry.assign({ user: null, subject: 'evaluate' }, { model: 'own/x', lane: null }, note);
  await registry.assign({ user: 'ada', subject: 'evaluate' }, { model: 'own/y', lane: null }, note);
  const error = await errorOf(service.remove('own', { ...NOTE, force: false }));
  expect(error.code).toBe('in_use');
  expect(error.message).toContain('evaluate');
  const { generation } = registry.snapshot;
  await service.remove('own', { ...NOTE, force: true });
  expect(registry.snapshot.generation).toBe(generation + 1);
  expect(registry.node('evaluate').assignment.model).toBe('box/m');
  expect(registry.node('evaluate', 'ada').assignment.model).toBe('box/m');
});

test('added providers and their keys survive a restart', async () => {
  const { gateway, service } = await start();
  await service.add('own', { type: 'openai', api_key: 'sk-fake-own' }, NOTE);
  const { generation } = gateway.app.registry.snapshot;
  await gateway.app.close();
  const again = await start(gateway.folder);
  expect(providerOf(again.gateway, 'own')?.missingKey).toBeNull();
  expect(again.gateway.app.registry.snapshot.generation).toBe(generation);
});

test('If-Match of an earlier generation changes nothing', async () => {
  const { gateway, service } = await start();
  const { generation } = gateway.app.registry.snapshot;
  const stale = { actor: 'local', ifGeneration: generation - 1 };
  expect((await errorOf(service.patch('box', { name: 'Box' }, stale))).code).toBe('generation_mismatch');
});

test('a stored entry whose provider the files have lost does not prevent a start, and can be removed', async () => {
  const { gateway, service } = await start();
  await service.patch('box', { name: 'Renamed' }, NOTE);
  await service.add('my-own', { type: 'vllm', base_url: 'http://127.0.0.1:9' }, NOTE);
  await gateway.app.close();
  const again = await start(gateway.folder, { default_lane: 'main', lanes: { main: {} } });
  expect(again.gateway.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([
    expect.stringContaining('DELETE /api/v1/llm/providers/box removes it'),
  ]);
  expect([...again.gateway.app.providers.current.keys()]).toEqual(['my-own']);
  expect((await errorOf(again.service.patch('my-own', { name: 'Own' }, NOTE))).message).toContain('box');
  await again.service.remove('box', { ...NOTE, force: false });
  await again.service.patch('my-own', { name: 'Own' }, NOTE);
  expect(providerOf(again.gateway, 'my-own')?.name).toBe('Own');
});
