import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { GatewayError } from '../../../src/protocol/errors.ts';
import type { Profiles } from '../../../src/registry/profiles/profiles.ts';
import { openStore } from '../../../src/store/open.ts';
import { StoreUnavailable } from '../../../src/store/store.ts';
import { writeConfig } from '../../support/config-files.ts';
import { startGateway, type GatewayOptions, type TestGateway } from '../../support/gateway.ts';
import { SILENT_LOG } from '../../support/silent-log.ts';

const CONFIG = {
  default_lane: 'main',
  providers: { box: { type: 'vllm', base_url: 'http://127.0.0.1:9' } },
  lanes: { main: { preferred: ['box/m'] } },
  nodes: { evaluate: { model: 'box/m' }, write: { lane: 'main' } },
};
const NOTE = { actor: 'local', ifGeneration: null };
const NIGHT = { description: 'At night', config: { nodes: { evaluate: { model: 'box/small' } } } };

interface Started {
  readonly gateway: TestGateway;
  readonly profiles: Profiles;
  readonly generation: () => number;
  /** The file of a profile. */
  readonly file: (name: string) => string;
}

async function start(options: Partial<GatewayOptions> = {}): Promise<Started> {
  const gateway = await startGateway({ config: CONFIG, discover: false, ...options });
  onTestFinished(() => gateway.stop());
  return {
    gateway,
    profiles: gateway.app.profiles,
    generation: () => gateway.app.registry.snapshot.generation,
    file: (name) => join(gateway.folder, 'config', 'user_profiles', `${name}.json`),
  };
}

async function errorOf(work: Promise<unknown>): Promise<GatewayError> {
  return work.then(
    () => {
      throw new Error('no error');
    },
    (error: unknown) => error as GatewayError,
  );
}

async function auditOf({ gateway }: Started): Promise<Record<string, unknown>[]> {
  const { entries } = (await gateway.get('/api/audit')) as { entries: Record<string, unknown>[] };
  return entries.filter(({ action }) => action !== 'reload');
}

test('a profile that is added changes nothing until it is activated, which is one generation with one audit row', async () => {
  const started = await start();
  const { gateway, profiles, generation, file } = started;
  const before = generation();
  expect(await profiles.add('night', NIGHT, NOTE)).toMatchObject({
    name: 'night',
    active: false,
    problem: null,
  });
  expect(JSON.parse(readFileSync(file('night'), 'utf8'))).toEqual({
    description: 'At night',
    ...NIGHT.config,
  });
  expect(statSync(file('night')).mode & 0o777).toBe(0o644);
  expect(readdirSync(join(gateway.folder, 'config', 'user_profiles'))).toEqual(['night.json']);
  expect(generation()).toBe(before);
  expect(await profiles.activate('night', NOTE)).toEqual({ active: 'night', generation: before + 1 });
  expect(gateway.app.registry.node('evaluate').default.model).toBe('box/small');
  expect(await profiles.activate('night', NOTE)).toEqual({ active: 'night', generation: before + 1 });
  expect(await profiles.deactivate(NOTE)).toEqual({ active: null, generation: before + 2 });
  expect(await profiles.deactivate(NOTE)).toEqual({ active: null, generation: before + 2 });
  expect(gateway.app.registry.node('evaluate').default.model).toBe('box/m');
  expect(await auditOf(started)).toMatchObject([
    { action: 'profile', subject: 'profile', from: 'night', to: null, actor: 'local' },
    { action: 'profile', subject: 'profile', from: null, to: 'night' },
  ]);
});

test('a profile without an effect is a generation all the same: another profile is active', async () => {
  const { gateway, profiles, generation } = await start();
  await profiles.add('same', { description: null, config: {} }, NOTE);
  const before = generation();
  await profiles.activate('same', NOTE);
  expect(generation()).toBe(before + 1);
  expect(gateway.app.reloader.stored.profile).toBe('same');
});

test('overrides stay when a profile is activated, and a reset goes back to what the profile sets', async () => {
  const { gateway, profiles } = await start();
  const { registry } = gateway.app;
  const note = { reason: null, actor: 'local', expiresAt: null };
  await registry.assign({ user: null, subject: 'evaluate' }, { model: 'box/other', lane: null }, note);
  await profiles.add('night', NIGHT, NOTE);
  await profiles.activate('night', NOTE);
  expect(registry.node('evaluate')).toMatchObject({
    assignment: { model: 'box/other' },
    default: { model: 'box/small' },
  });
  await registry.reset('local');
  expect(registry.node('evaluate')).toMatchObject({ assignment: { model: 'box/small' }, override: null });
});

test('content that does not hold is rejected with the field, and no file is left', async () => {
  const { profiles, generation, file } = await start();
  const before = generation();
  const reject = (config: object) =>
    errorOf(profiles.add('night', { description: null, config: config as never }, NOTE));
  const lane = await reject({ nodes: { evaluate: { lane: 'mian' } } });
  expect(lane).toMatchObject({ code: 'invalid_body', options: { param: 'config.nodes.evaluate.lane' } });
  expect(lane.message).toContain('did you mean "main"?');
  const shape = await reject({ nodes: { evaluate: { modle: 'box/m' } } });
  expect(shape).toMatchObject({ code: 'invalid_body', options: { param: 'config.nodes.evaluate.modle' } });
  expect((await reject({ providers: {} })).message).toContain('put "providers" into user_models.json');
  const name = await errorOf(profiles.add('Night!', NIGHT, NOTE));
  expect(name).toMatchObject({ code: 'invalid_body', options: { param: 'name' } });
  expect((await errorOf(profiles.add('import', NIGHT, NOTE))).message).toContain('reserved');
  let deep: object = {};
  for (let level = 0; level < 100_000; level += 1) deep = { deep };
  expect((await reject({ nodes: { evaluate: { params: deep } } })).message).toContain('nested deeper');
  expect(existsSync(file('night'))).toBe(false);
  expect(generation()).toBe(before);
});

test('the active profile is changed in one generation, or not at all when the new content does not hold', async () => {
  const started = await start();
  const { gateway, profiles, generation, file } = started;
  await profiles.add('night', NIGHT, NOTE);
  await profiles.activate('night', NOTE);
  const before = generation();
  const bytes = readFileSync(file('night'), 'utf8');
  const wrong = { description: null, config: { nodes: { evaluate: { model: 'nowhere/m' } } } };
  expect((await errorOf(profiles.change('night', wrong, NOTE))).code).toBe('invalid_body');
  expect(readFileSync(file('night'), 'utf8')).toBe(bytes);
  expect(generation()).toBe(before);
  const right = { description: null, config: { nodes: { evaluate: { model: 'box/tiny' } } } };
  await profiles.change('night', right, NOTE);
  expect(generation()).toBe(before + 1);
  expect(gateway.app.registry.node('evaluate').default.model).toBe('box/tiny');
  expect((await auditOf(started))[0]).toMatchObject({
    from: 'night',
    to: 'night',
    reason: 'content changed: nodes.evaluate',
  });
  // What the file watcher finds afterwards is no change.
  expect(await gateway.app.reloader.reload('local')).toEqual({ generation: before + 1, changed: [] });
  await profiles.change('night', { ...right, description: 'Only this is new' }, NOTE);
  expect(generation()).toBe(before + 1);
  expect((await profiles.get('night')).description).toBe('Only this is new');
  expect(gateway.app.reloader.stored).toEqual({ profile: 'night', providers: {} });
});

test('a change that cannot be stored changes nothing, and restores the file of the profile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-profiles-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const store = await openStore({ directory: join(folder, 'data'), log: SILENT_LOG });
  const { gateway, profiles, generation, file } = await start({ folder, store });
  await profiles.add('night', NIGHT, NOTE);
  await profiles.activate('night', NOTE);
  const [before, bytes] = [generation(), readFileSync(file('night'), 'utf8')];
  store.changeConfiguration = () => Promise.reject(new StoreUnavailable('the disk is full'));
  const next = { description: null, config: { nodes: { evaluate: { model: 'box/tiny' } } } };
  for (const work of [
    profiles.change('night', next, NOTE),
    profiles.add('night', next, NOTE, true),
    profiles.deactivate(NOTE),
  ]) {
    await expect(work).rejects.toThrow('the disk is full');
  }
  expect(readFileSync(file('night'), 'utf8')).toBe(bytes);
  expect(generation()).toBe(before);
  expect(gateway.app.reloader.stored).toEqual({ profile: 'night', providers: {} });
  expect(gateway.app.registry.node('evaluate').default.model).toBe('box/small');
  rmSync(file('night'));
  await expect(profiles.add('night', next, NOTE)).rejects.toThrow('the disk is full');
  expect(existsSync(file('night'))).toBe(false);
});

test('a change of the active profile under a stale If-Match writes nothing', async () => {
  const { profiles, file } = await start();
  await profiles.add('night', NIGHT, NOTE);
  await profiles.activate('night', NOTE);
  const bytes = readFileSync(file('night'), 'utf8');
  const next = { description: null, config: { nodes: { evaluate: { model: 'box/tiny' } } } };
  const error = await errorOf(profiles.change('night', next, { actor: 'local', ifGeneration: 1 }));
  expect(error.code).toBe('generation_mismatch');
  expect(readFileSync(file('night'), 'utf8')).toBe(bytes);
});

test('the active profile cannot be deleted; another one can', async () => {
  const { profiles, file } = await start();
  await profiles.add('night', NIGHT, NOTE);
  await profiles.activate('night', NOTE);
  expect((await errorOf(profiles.remove('night', NOTE))).message).toContain('/api/profiles/deactivate');
  await profiles.deactivate(NOTE);
  await profiles.remove('night', NOTE);
  expect(existsSync(file('night'))).toBe(false);
  const error = await errorOf(profiles.remove('night', NOTE));
  expect(error.code).toBe('profile_not_found');
});

test('calls that come at once are carried out one after the other', async () => {
  const started = await start();
  const { profiles, generation } = started;
  await profiles.add('night', NIGHT, NOTE);
  await profiles.add('day', { description: null, config: {} }, NOTE);
  const before = generation();
  const [night, day, removed] = await Promise.allSettled([
    profiles.activate('night', NOTE),
    profiles.activate('day', NOTE),
    profiles.remove('day', NOTE),
  ]);
  expect([night, day]).toMatchObject([
    { value: { active: 'night', generation: before + 1 } },
    { value: { active: 'day', generation: before + 2 } },
  ]);
  expect(removed).toMatchObject({ reason: { code: 'in_use' } });
  expect((await auditOf(started)).map(({ from, to }) => [from, to])).toEqual([
    ['night', 'day'],
    [null, 'night'],
  ]);
});

test('an unknown profile is answered with the nearest names', async () => {
  const { profiles } = await start({ presets: true });
  const error = await errorOf(profiles.activate('pipelin', NOTE));
  expect(error).toMatchObject({
    code: 'profile_not_found',
    message: 'unknown profile "pipelin"; did you mean "pipeline"?',
  });
  expect((await errorOf(profiles.get('../models'))).code).toBe('profile_not_found');
});

test('a shipped profile can be neither changed nor deleted, only exported and imported under another name', async () => {
  const { gateway, profiles, file } = await start({ presets: true });
  for (const work of [
    profiles.add('model-bar', NIGHT, NOTE),
    profiles.add('model-bar', NIGHT, NOTE, true),
    profiles.change('model-bar', NIGHT, NOTE),
  ]) {
    const error = await errorOf(work);
    expect(error.code).toBe('exists');
    expect(error.message).toContain('import it under another name');
  }
  expect((await errorOf(profiles.remove('model-bar', NOTE))).code).toBe('in_use');
  // The operator's own file of the same name replaces it.
  await profiles.add('x', NIGHT, NOTE);
  writeFileSync(file('model-bar'), readFileSync(file('x')));
  expect(await profiles.get('model-bar')).toMatchObject({ source: 'file', description: 'At night' });
  await profiles.activate('model-bar', NOTE);
  expect(gateway.app.registry.node('evaluate').default.model).toBe('box/small');
  await profiles.deactivate(NOTE);
  await profiles.remove('model-bar', NOTE);
  expect(await profiles.get('model-bar')).toMatchObject({ source: 'shipped' });
});

test('a profile whose providers are missing is rejected whole, and the message names them', async () => {
  const { gateway, profiles, generation } = await start({ presets: true });
  const before = generation();
  const error = await errorOf(profiles.activate('pipeline', NOTE));
  expect(error.code).toBe('invalid_body');
  expect(error.message).toBe(
    'profile "pipeline" not activated: it names models of providers that are not configured: anthropic, groq, xai; ' +
      'add them with POST /api/v1/llm/providers or under "providers" in user_models.json',
  );
  expect(error.options.detail).toMatchObject({ missing_providers: ['anthropic', 'groq', 'xai'] });
  expect(generation()).toBe(before);
  expect(gateway.app.reloader.stored.profile).toBeNull();
  const { changes, reasons } = await profiles.preview('pipeline');
  expect(changes).toEqual([]);
  expect(reasons.map(({ code, reason }) => `${code} ${reason.slice(0, 72)}`)).toEqual([
    'missing_provider it names models of a provider that is not configured: anthropic; add it ',
    'missing_provider it names models of a provider that is not configured: groq; add it with ',
    'missing_provider it names models of a provider that is not configured: xai; add it with P',
  ]);
});

test('a preview shows node by node what would change, with the override that stays', async () => {
  const { gateway, profiles, generation } = await start();
  const config = {
    default_lane: 'quick',
    lanes: {
      quick: { preferred: ['box/small'], params: { temperature: 0.5 } },
      main: { preferred: ['box/small'] },
    },
    nodes: {
      evaluate: { model: 'box/m', params: { temperature: 0.1 } },
      write: { lane: 'quick' },
      extra: { model: 'box/m' },
    },
  };
  await profiles.add('day', { description: null, config }, NOTE);
  const note = { reason: null, actor: 'local', expiresAt: null };
  const key = { user: null, subject: 'write' };
  await gateway.app.registry.assign(key, { model: 'box/other', lane: null }, note);
  const before = generation();
  expect(await profiles.preview('day')).toEqual({
    changes: [
      { subject: 'default_lane', from: 'main', to: 'quick', override: null },
      {
        subject: 'node:evaluate',
        from: 'box/m',
        to: 'box/m params.temperature=0.1',
        override: null,
      },
      { subject: 'node:write', from: 'lane:main', to: 'lane:quick', override: 'box/other' },
      { subject: 'node:extra', from: null, to: 'box/m', override: null },
      { subject: 'lane:main', from: 'preferred=box/m', to: 'preferred=box/small', override: null },
      {
        subject: 'lane:quick',
        from: null,
        to: 'preferred=box/small params={"temperature":0.5}',
        override: null,
      },
    ],
    reasons: [],
    assigned: [
      { subject: 'node:extra', model: 'box/m' },
      { subject: 'lane:main', model: 'box/small' },
      { subject: 'lane:quick', model: 'box/small' },
    ],
  });
  expect(generation()).toBe(before);
});

test('what a killed process has left of a profile is no profile, and the next write replaces it', async () => {
  const { gateway, profiles, file } = await start({
    files: { 'user_profiles/.night.json.new': '{"nodes":' },
  });
  expect((await profiles.list()).profiles).toEqual([]);
  expect(gateway.log.filter(({ level }) => level === 'warn')).toEqual([]);
  await profiles.add('night', NIGHT, NOTE);
  expect(readdirSync(dirname(file('night')))).toEqual(['night.json']);
});

test('an exported profile is imported under another name, and again only with overwrite', async () => {
  const { profiles } = await start();
  await profiles.add('night', NIGHT, NOTE);
  const exported = await profiles.export('night');
  expect(exported).toEqual({ laneway_profile: 1, name: 'night', ...NIGHT });
  await profiles.add('copy', exported, NOTE);
  expect((await profiles.get('copy')).config).toEqual(NIGHT.config);
  expect((await errorOf(profiles.add('copy', exported, NOTE))).code).toBe('exists');
  await profiles.add('copy', { ...exported, description: 'Second' }, NOTE, true);
  expect((await profiles.get('copy')).description).toBe('Second');
});

test('a profile edited by hand while active takes effect with the next reload, and one deleted by hand has none', async () => {
  const { gateway, profiles, file } = await start();
  await profiles.add('night', NIGHT, NOTE);
  await profiles.activate('night', NOTE);
  const { reloader, registry } = gateway.app;
  writeFileSync(file('night'), '﻿{"nodes":{"evaluate":{"model":"box/hand"}}}');
  expect((await reloader.reload('local')).changed).toEqual(['nodes.evaluate']);
  writeFileSync(file('night'), '{"nodes":{');
  expect((await errorOf(reloader.reload('local'))).message).toContain('user_profiles/night.json: line 1');
  expect(registry.node('evaluate').default.model).toBe('box/hand');
  expect((await profiles.list()).profiles).toMatchObject([
    { name: 'night', active: true, problem: expect.stringContaining('line 1') as unknown },
  ]);
  rmSync(file('night'));
  expect((await reloader.reload('local')).changed).toEqual(['nodes.evaluate']);
  expect(gateway.log.some(({ message }) => message.includes('"night" has no file'))).toBe(true);
  expect(await profiles.list()).toMatchObject({
    active: 'night',
    profiles: [{ name: 'night', active: true, problem: 'its file is missing: it has no effect' }],
  });
  const { code, message } = await errorOf(profiles.get('night'));
  expect([code, message]).toEqual(['profile_not_found', expect.stringContaining('its file is missing')]);
  // Adding it again is a change of the active one.
  await profiles.add('night', NIGHT, NOTE);
  expect(registry.node('evaluate').default.model).toBe('box/small');
  rmSync(file('night'));
  await reloader.reload('local');
  expect((await profiles.deactivate(NOTE)).active).toBeNull();
});

test('the active profile survives a restart', async () => {
  const { gateway, profiles, generation } = await start();
  await profiles.add('night', NIGHT, NOTE);
  await profiles.activate('night', NOTE);
  const last = generation();
  await gateway.app.close();
  const again = await start({ folder: gateway.folder });
  expect(again.gateway.app.registry.node('evaluate').default.model).toBe('box/small');
  expect(again.generation()).toBe(last);
  expect((await again.profiles.list()).active).toBe('night');
});

test('a gateway that cannot start with its active profile says how to start without it', async () => {
  const first = await start({
    presets: true,
    config: { ...CONFIG, providers: { ...CONFIG.providers, ...BAR } },
  });
  await first.profiles.activate('model-bar', NOTE);
  await first.gateway.app.close();
  const { folder } = first.gateway;
  const store = await openStore({ directory: join(folder, 'data'), log: SILENT_LOG });
  const error: unknown = await start({ folder, store, presets: true }).catch((reason: unknown) => reason);
  await store.close();
  const own = join(folder, 'config', 'user_profiles', 'model-bar.json');
  expect(String(error)).toContain('unknown provider "llamacpp"');
  expect(String(error).split('\n').at(-1)).toContain(
    `is the active profile; to start without its values, write {} into ${own}`,
  );
  writeConfig(folder, { 'user_profiles/model-bar.json': '{}' });
  const again = await start({ folder, presets: true });
  expect(await again.profiles.deactivate(NOTE)).toMatchObject({ active: null });
});

const BAR = {
  llamacpp: { type: 'llamacpp', base_url: 'http://127.0.0.1:9' },
  ollama: { type: 'ollama', base_url: 'http://127.0.0.1:9' },
  openai: { type: 'openai' },
};

// Permissions do not apply to root, the user of tests in containers.
test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
  'a configuration folder that cannot be written is named, with the reason',
  async () => {
    const { gateway, profiles } = await start();
    chmodSync(join(gateway.folder, 'config'), 0o555);
    const error = await errorOf(profiles.add('night', NIGHT, NOTE));
    chmodSync(join(gateway.folder, 'config'), 0o755);
    expect(error.code).toBe('store_unavailable');
    expect(error.message).toContain('permission denied');
  },
);

test('a file that cannot be written is named, and nothing has changed', async () => {
  const { gateway, profiles, file } = await start();
  mkdirSync(join(dirname(file('night')), '.night.json.new'), { recursive: true });
  const error = await errorOf(profiles.add('night', NIGHT, NOTE));
  expect(error).toMatchObject({ code: 'store_unavailable', options: { retryAfterS: 5 } });
  expect(error.message).toMatch(/night\.json cannot be written: .*; make its folder writable for Laneway$/);
  expect((await profiles.list()).profiles).toEqual([]);
  expect(gateway.app.registry.snapshot.generation).toBe(1);
});

test('with runtime_switching off nothing is changed, and a preview says so', async () => {
  const { profiles, file } = await start({
    config: { ...CONFIG, runtime_switching: false },
    files: { 'user_profiles/night.json': NIGHT.config },
  });
  for (const work of [
    () => profiles.add('x', NIGHT, NOTE),
    () => profiles.change('night', NIGHT, NOTE),
    () => profiles.remove('night', NOTE),
    () => profiles.activate('night', NOTE),
    () => profiles.deactivate(NOTE),
  ]) {
    expect((await errorOf(work())).code).toBe('runtime_switching_off');
  }
  expect(existsSync(file('x'))).toBe(false);
  const { changes, reasons } = await profiles.preview('night');
  expect(changes).toHaveLength(1);
  expect(reasons.map(({ code }) => code)).toEqual(['runtime_switching_off']);
});
