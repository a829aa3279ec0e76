import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';

import { GatewayError } from '../../src/protocol/errors.ts';
import { openStore } from '../../src/store/open.ts';
import { StoreUnavailable, type Store } from '../../src/store/store.ts';
import { writeConfig } from '../support/config-files.ts';
import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../support/fake-upstream.ts';
import {
  completion,
  laneOver,
  startGateway,
  type GatewayOptions,
  type TestGateway,
} from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function start(options: GatewayOptions): Promise<TestGateway> {
  const laneway = await startGateway(options);
  running.push(laneway);
  return laneway;
}

async function upstream(answer = 'hello'): Promise<FakeUpstream> {
  const server = await startFakeUpstream(chatScript(() => json(200, completion(answer))));
  running.push({ stop: () => server.close() });
  return server;
}

/** The error of a call that must fail. */
async function failure(call: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await call.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(GatewayError);
  return error as GatewayError;
}

const rewrite = (laneway: TestGateway, config: unknown): void => {
  writeConfig(laneway.folder, { 'models.json': config });
};

test('a changed file is in force for the next request, makes one generation, and reports what changed', async () => {
  const [one, two] = [await upstream('from one'), await upstream('from two')];
  const laneway = await start({ config: laneOver([one.url, two.url]) });
  const { generation } = laneway.app.registry.snapshot;
  rewrite(laneway, laneOver([one.url, two.url], { preferred: ['b/m'] }));
  expect(await laneway.app.reloader.reload('admin')).toEqual({
    generation: generation + 1,
    changed: ['lanes.main'],
  });
  const reply = await laneway.chat({ model: 'evaluate' });
  expect(await reply.text()).toContain('from two');
  expect(reply.headers.get('x-laneway-generation')).toBe(String(generation + 1));
  expect(laneway.app.reloader.current().lanes['main']?.preferred).toEqual(['b/m']);
  const { entries } = (await laneway.get('/api/audit')) as { entries: Record<string, unknown>[] };
  expect(entries[0]).toMatchObject({ action: 'reload', actor: 'admin', subject: 'configuration' });
});

test('a reload without differences changes nothing', async () => {
  const laneway = await start({ config: laneOver([(await upstream()).url]) });
  const { snapshot } = laneway.app.registry;
  rewrite(
    laneway,
    laneOver([laneway.app.reloader.current().providers['a']?.base_url.replace('/v1', '') ?? '']),
  );
  expect(await laneway.app.reloader.reload('local')).toEqual({
    generation: snapshot.generation,
    changed: [],
  });
  expect(laneway.app.registry.snapshot).toBe(snapshot);
});

test('invalid files change nothing, and every fault is reported', async () => {
  const server = await upstream();
  const laneway = await start({ config: laneOver([server.url]) });
  const { snapshot } = laneway.app.registry;
  rewrite(laneway, { ...laneOver([server.url]), lanes: { main: { prefered: [] } }, nodes: { x: {} } });
  const error = await failure(laneway.app.reloader.reload('local'));
  expect(error.code).toBe('invalid_body');
  expect(error.message).toMatch(/^configuration not reloaded: [2-9] faults; first: .*lanes\.main\.prefered/);
  expect(error.options.detail).toMatchObject({
    faults: expect.arrayContaining([
      {
        file: expect.stringContaining('models.json') as string,
        path: 'lanes.main.prefered',
        message: 'unknown key; did you mean "preferred"?',
      },
    ]) as unknown,
  });
  expect(laneway.app.registry.snapshot).toBe(snapshot);
  expect((await laneway.chat({ model: 'evaluate' })).status).toBe(200);
  rewrite(laneway, laneOver([server.url], { description: 'mended' }));
  expect((await laneway.app.reloader.reload('local')).changed).toEqual(['lanes.main']);
});

test('the same fault of a file is logged once, however often the file is read', async () => {
  const server = await upstream();
  const laneway = await start({ config: laneOver([server.url]) });
  rewrite(laneway, '{ "lanes": ');
  for (let times = 0; times < 3; times += 1) await laneway.app.reloader.trigger('SIGHUP');
  const errors = (): string[] =>
    laneway.log.filter(({ level }) => level === 'error').map(({ message }) => message);
  expect(errors()).toEqual([expect.stringContaining('configuration not reloaded: ')]);
  rewrite(laneway, laneOver([server.url]));
  await laneway.app.reloader.trigger('SIGHUP');
  rewrite(laneway, '{ "lanes": ');
  await laneway.app.reloader.trigger('SIGHUP');
  expect(errors()).toHaveLength(2);
});

test('without a writable state a reload changes nothing', async () => {
  const server = await upstream();
  const folder = (await start({ config: laneOver([server.url]) })).folder;
  const real = await openStore({
    directory: join(folder, 'other'),
    log: { info: () => 0, warn: () => 0, error: () => 0 },
  });
  let full = false;
  const store = new Proxy(real, {
    get: (target, name: keyof Store) => {
      if (full && name === 'noteConfiguration')
        return () => Promise.reject(new StoreUnavailable('disk full'));
      const member: unknown = target[name];
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
  const laneway = await start({ config: laneOver([server.url]), store });
  const { snapshot } = laneway.app.registry;
  const config = laneway.app.reloader.current();
  full = true;
  rewrite(laneway, laneOver([server.url], { cloud: false }));
  await expect(laneway.app.reloader.reload('local')).rejects.toThrow('disk full');
  expect(laneway.app.registry.snapshot).toBe(snapshot);
  expect(laneway.app.reloader.current()).toBe(config);
  await laneway.app.reloader.trigger('SIGHUP');
  expect(laneway.log.at(-1)).toMatchObject({
    level: 'error',
    message: expect.stringContaining('disk full') as string,
  });
  full = false;
  expect((await laneway.app.reloader.reload('local')).changed).toEqual(['lanes.main']);
});

test('with runtime_switching off, calls are rejected, and signals and changed files are logged and ignored', async () => {
  const server = await upstream();
  const laneway = await start({ config: { ...laneOver([server.url]), runtime_switching: false } });
  const { snapshot } = laneway.app.registry;
  rewrite(laneway, { ...laneOver([server.url]), runtime_switching: true });
  const error = await failure(laneway.app.reloader.reload('admin'));
  expect(error).toMatchObject({ code: 'runtime_switching_off', status: 409 });
  await laneway.app.reloader.trigger('SIGHUP');
  expect(laneway.log.at(-1)).toMatchObject({ level: 'warn', fields: { cause: 'SIGHUP' } });
  expect(laneway.app.registry.snapshot).toBe(snapshot);
});

test('concurrent reloads run one after the other', async () => {
  const server = await upstream();
  const laneway = await start({ config: laneOver([server.url]) });
  const { generation } = laneway.app.registry.snapshot;
  rewrite(laneway, laneOver([server.url], { description: 'new' }));
  const results = await Promise.all([1, 2, 3].map(() => laneway.app.reloader.reload('local')));
  expect(results.map(({ changed }) => changed)).toEqual([['lanes.main'], [], []]);
  expect(results.map((result) => result.generation)).toEqual([1, 1, 1].map((more) => generation + more));
});

test('switches during a reload are all kept, and generations only increase', async () => {
  const server = await upstream();
  const config = { ...laneOver([server.url]), nodes: { evaluate: { lane: 'main' }, plan: { lane: 'main' } } };
  const laneway = await start({ config });
  const { registry, reloader } = laneway.app;
  const { generation } = registry.snapshot;
  rewrite(laneway, { ...config, lanes: { main: { preferred: ['a/m'], description: 'new' } } });
  const note = { reason: null, actor: 'local', expiresAt: null };
  const to = { model: 'a/m', lane: null };
  await Promise.all([
    registry.assign({ user: null, subject: 'evaluate' }, to, note),
    reloader.reload('local'),
    registry.assign({ user: null, subject: 'plan' }, to, note),
  ]);
  expect(registry.snapshot.generation).toBe(generation + 3);
  expect(registry.node('evaluate').assignment.model).toBe('a/m');
  expect(registry.node('plan').assignment.model).toBe('a/m');
  expect(registry.lane('main').description).toBe('new');
});

test('only new warnings are logged', async () => {
  const server = await upstream();
  const variables: Record<string, string> = { LANEWAY_PROT: '1' };
  const laneway = await start({ config: laneOver([server.url]), variables });
  const told = (): string[] =>
    laneway.log.filter(({ level }) => level === 'warn').map(({ message }) => message);
  expect(laneway.app.reloader.current().warnings).toEqual([expect.stringContaining('LANEWAY_PROT')]);
  variables['LANEWAY_HOTS'] = '1';
  await laneway.app.reloader.reload('local');
  expect(told()).toEqual([expect.stringContaining('LANEWAY_HOTS')]);
  rewrite(laneway, laneOver([server.url], { description: 'new' }));
  await laneway.app.reloader.reload('local');
  expect(told()).toHaveLength(1);
});

test('a configuration that changed while the gateway was down makes one generation', async () => {
  const server = await upstream();
  const folder = mkdtempSync(join(tmpdir(), 'laneway-kept-'));
  running.push({ stop: () => Promise.resolve(rmSync(folder, { recursive: true })) });
  const first = await startGateway({ config: laneOver([server.url]), folder });
  const { generation } = first.app.registry.snapshot;
  await first.stop();
  const config = { ...laneOver([server.url], { cloud: false }), aliases: { gpt: 'lane:main' } };
  const again = await start({ config, folder });
  expect(again.app.registry.snapshot.generation).toBe(generation + 1);
});
