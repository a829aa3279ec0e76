import { expect, onTestFinished, test } from 'vitest';
import type { GatewayError } from '../../../src/protocol/errors.ts';
import { keySecret, StoredProviders } from '../../../src/registry/providers/stored-providers.ts';
import { writeConfig } from '../../support/config-files.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

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
  variables: Readonly<Record<string, string>> = { BOX_KEY: 'sk-fake-box' },
): Promise<{ gateway: TestGateway; service: StoredProviders }> {
  const gateway = await startGateway({
    config,
    variables,
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

function writeModels({ folder }: TestGateway, content: object): void {
  writeConfig(folder, { 'models.json': content });
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

test.each([
  ['another address', { base_url: 'http://127.0.0.1:10' }, undefined],
  [
    'another address with a key',
    { base_url: 'http://127.0.0.1:10', api_key: 'sk-fake' },
    'secret:provider:box',
  ],
  ['another name', { name: 'Box' }, 'env:LANEWAY_PROVIDER_BOX_KEY'],
])('a key of the environment does not follow a provider that a call gives %s', async (_what, values, key) => {
  const variables = { LANEWAY_PROVIDER_BOX_KEY: 'sk-fake-environment' };
  const { gateway, service } = await start(undefined, CONFIG, variables);
  const keyOf = () => gateway.app.reloader.current().providers['box']?.api_key;
  expect(keyOf()).toBe('env:LANEWAY_PROVIDER_BOX_KEY');
  await service.patch('box', values, NOTE);
  expect(keyOf()).toBe(key);
  await service.remove('box', { ...NOTE, force: false });
  expect(keyOf()).toBe('env:LANEWAY_PROVIDER_BOX_KEY');
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
  const events: unknown[] = [];
  registry.onAssignment(({ from, to, action, actor }) => events.push([from, to, action, actor]));
  await service.remove('own', { ...NOTE, actor: 'admin', force: true });
  expect(registry.snapshot.generation).toBe(generation + 1);
  expect(events).toEqual([
    ['own/x', 'box/m', 'reset', 'admin'],
    ['own/y', 'box/m', 'reset', 'admin'],
  ]);
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
  await again.service.patch('my-own', { name: 'Own' }, NOTE);
  expect(providerOf(again.gateway, 'my-own')?.name).toBe('Own');
  expect((await errorOf(again.service.patch('box', { name: 'Box' }, NOTE))).message).toContain(
    'DELETE /api/v1/llm/providers/box removes it',
  );
  expect((await errorOf(again.service.add('box', { type: 'vllm' }, NOTE))).message).toContain(
    'DELETE /api/v1/llm/providers/box removes it',
  );
  await again.service.remove('box', { ...NOTE, force: false });
  await again.service.add('box', { type: 'vllm', base_url: 'http://127.0.0.1:9' }, NOTE);
  expect(providerOf(again.gateway, 'box')?.name).toBe('box');
});

test('two stored entries that are not valid any more can be removed one after the other, and meanwhile the files reload', async () => {
  const { providers, ...config } = CONFIG;
  const both = { ...config, providers: { ...providers, 'box.2': providers.box } };
  const { gateway, service } = await start(undefined, both);
  await service.patch('box', { name: 'Renamed' }, NOTE);
  await service.patch('box.2', { name: 'Renamed' }, NOTE);
  await gateway.app.close();
  const without = { default_lane: 'main', lanes: { main: {} } };
  const again = await start(gateway.folder, without);
  writeModels(again.gateway, { ...without, nodes: { evaluate: { lane: 'main' } } });
  expect((await again.gateway.app.reloader.reload('local')).changed).toEqual(['nodes.evaluate']);
  await again.service.remove('box', { ...NOTE, force: false });
  await again.service.remove('box.2', { ...NOTE, force: false });
  expect(again.gateway.app.reloader.stored.providers).toEqual({});
});

test('a stored entry that is not valid is used again once the files have its provider back', async () => {
  const { gateway, service } = await start();
  await service.patch('box', { name: 'Renamed' }, NOTE);
  await gateway.app.close();
  const again = await start(gateway.folder, { default_lane: 'main', lanes: { main: {} } });
  writeModels(again.gateway, CONFIG);
  await again.gateway.app.reloader.reload('local');
  expect(providerOf(again.gateway, 'box')?.name).toBe('Renamed');
});

test('files that lose a provider with a stored entry are rejected, with the call that removes the entry', async () => {
  const { gateway, service } = await start();
  await service.patch('box', { name: 'Renamed' }, NOTE);
  writeModels(gateway, { default_lane: 'main', lanes: { main: {} } });
  const error = await errorOf(gateway.app.reloader.reload('local'));
  expect(error.message).toContain('DELETE /api/v1/llm/providers/box removes it');
  await service.remove('box', { ...NOTE, force: false });
  expect(providerOf(gateway, 'box')).toBeUndefined();
});

test('files that are not valid are named when a provider cannot be removed', async () => {
  const { gateway, service } = await start();
  await service.add('own', { type: 'vllm', base_url: 'http://127.0.0.1:9' }, NOTE);
  writeModels(gateway, { ...CONFIG, lanse: {} });
  const error = await errorOf(service.remove('own', { ...NOTE, force: false }));
  expect([error.code, error.message]).toEqual(['invalid_body', expect.stringContaining('lanse')]);
});

test('of several removals of a provider at once one is made, and the others find none', async () => {
  const { gateway, service } = await start();
  const { generation } = await service.add('own', { type: 'vllm', base_url: 'http://127.0.0.1:9' }, NOTE);
  const removals = Array.from({ length: 5 }, () => service.remove('own', { ...NOTE, force: false }));
  const codes = (await Promise.allSettled(removals)).map((each) =>
    each.status === 'fulfilled' ? 'removed' : (each.reason as GatewayError).code,
  );
  expect(codes).toEqual(['removed', ...Array.from({ length: 4 }, () => 'provider_not_found')]);
  expect(gateway.app.registry.snapshot.generation).toBe(generation + 1);
});

test('a provider is not removed under a switch to it that comes at the same time', async () => {
  const { gateway, service } = await start();
  const { registry } = gateway.app;
  const note = { reason: null, actor: 'local', expiresAt: null };
  const to = { model: 'own/x', lane: null };
  for (const isSwitchFirst of [true, false]) {
    await service.add('own', { type: 'vllm', base_url: 'http://127.0.0.1:9' }, NOTE);
    const calls = [
      () => registry.assign({ user: null, subject: 'evaluate' }, to, note),
      () => service.remove('own', { ...NOTE, force: false }),
    ];
    const results = await Promise.allSettled(
      (isSwitchFirst ? calls : calls.toReversed()).map((call) => call()),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const isAssigned = registry.node('evaluate').assignment.model === 'own/x';
    expect(providerOf(gateway, 'own') !== undefined).toBe(isAssigned);
    if (isAssigned) await service.remove('own', { ...NOTE, force: true });
  }
});

test('a switch to a provider that has been removed since it was checked is rejected', async () => {
  const { gateway, service } = await start();
  const { registry } = gateway.app;
  await service.add('own', { type: 'vllm', base_url: 'http://127.0.0.1:9' }, NOTE);
  await service.remove('own', { ...NOTE, force: false });
  const note = { reason: null, actor: 'local', expiresAt: null };
  const key = { user: null, subject: 'evaluate' };
  const error = await errorOf(registry.assign(key, { model: 'own/x', lane: null }, note));
  expect(error.code).toBe('provider_not_found');
});

test.each(['__proto__', 'constructor', 'toString'])('%s is no provider and no type', async (name) => {
  const { gateway, service } = await start();
  const { generation } = gateway.app.registry.snapshot;
  for (const call of [service.remove(name, { ...NOTE, force: true }), service.patch(name, {}, NOTE)])
    expect((await errorOf(call)).code).toBe('provider_not_found');
  const url = 'http://127.0.0.1:9/v1';
  expect((await errorOf(service.add('own', { type: name, base_url: url }, NOTE))).message).toContain(
    `unknown type "${name}"`,
  );
  expect(gateway.app.registry.snapshot.generation).toBe(generation);
});

test('an import of many unknown providers names some of them, shortened', async () => {
  const { service } = await start();
  const keys = new Map(Array.from({ length: 500 }, (_, at) => [`${'x'.repeat(1_000)}${at}`, 'sk-fake']));
  const { code, message } = await errorOf(service.setKeys(keys, NOTE));
  expect(code).toBe('provider_not_found');
  expect(message.length).toBeLessThan(1_000);
});
