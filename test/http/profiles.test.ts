import { afterEach, expect, test } from 'vitest';

import { UnwritableStore } from '../../src/store/files/unwritable.ts';
import { startGateway, type GatewayOptions, type TestGateway } from '../support/gateway.ts';
import { call, ended, stopAll, type Answer } from './operator.ts';

afterEach(stopAll);

const CONFIG = {
  default_lane: 'main',
  providers: { box: { type: 'vllm', base_url: 'http://127.0.0.1:9' } },
  lanes: { main: { preferred: ['box/m'] } },
  nodes: { evaluate: { model: 'box/m' }, write: { lane: 'main' } },
};
const NIGHT = {
  name: 'night',
  description: 'At night',
  config: { nodes: { evaluate: { model: 'box/small' } } },
};

async function start(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  return ended(await startGateway({ config: CONFIG, discover: false, ...options }));
}

/** Status, code and parameter of an error. */
function faultOf({ status, body: { error } }: Answer<unknown>): unknown[] {
  return [status, error.code, error.param];
}

test('a profile is added, shown, activated, exported, deactivated and deleted', async () => {
  const gateway = await start();
  const added = await call(gateway, 'POST', '/api/profiles', NIGHT);
  expect([added.status, added.body]).toMatchObject([201, { ...NIGHT, source: 'file', active: false }]);
  const activated = await call(gateway, 'POST', '/api/profiles/night/activate');
  const body = { active: 'night', generation: 2, warnings: [] };
  expect([activated.status, activated.body]).toEqual([200, body]);
  expect((await call(gateway, 'GET', '/api/profiles')).body).toEqual({
    active: 'night',
    profiles: [{ name: 'night', description: 'At night', source: 'file', active: true, problem: null }],
  });
  expect((await call(gateway, 'GET', '/api/profiles/night/export')).body).toEqual({
    laneway_profile: 1,
    ...NIGHT,
  });
  expect(faultOf(await call(gateway, 'DELETE', '/api/profiles/night'))).toEqual([409, 'in_use', null]);
  const off = await call(gateway, 'POST', '/api/profiles/deactivate');
  expect([off.status, off.body]).toEqual([200, { active: null, generation: 3 }]);
  const deleted = await fetch(`${gateway.url}/api/profiles/night`, { method: 'DELETE' });
  expect([deleted.status, await deleted.text()]).toEqual([204, '']);
  expect((await call(gateway, 'GET', '/api/profiles')).body).toEqual({ active: null, profiles: [] });
});

test('what a profile sets is explained with its file, and is the default of the node', async () => {
  const gateway = await start();
  await call(gateway, 'POST', '/api/profiles', NIGHT);
  await call(gateway, 'POST', '/api/profiles/night/activate');
  const { body } = await call<Record<string, Record<string, object>>>(
    gateway,
    'GET',
    '/api/debug/config?explain=1',
  );
  expect(body['nodes']?.['evaluate']).toMatchObject({
    model: { value: 'box/small', layer: expect.stringMatching(/user_profiles\/night\.json$/) as unknown },
  });
  const put = { provider: 'box', model_id: 'other' };
  const switched = await call(gateway, 'PUT', '/api/debug/models/evaluate', put);
  expect(switched.body).toMatchObject({ is_default: false, default: { model_id: 'small' } });
  const same = await call(gateway, 'PUT', '/api/debug/models/evaluate', {
    provider: 'box',
    model_id: 'small',
  });
  expect(same.body).toMatchObject({ is_default: true });
});

test('an activation is published as a config event with the paths that changed', async () => {
  const gateway = await start();
  await call(gateway, 'POST', '/api/profiles', NIGHT);
  const stop = new AbortController();
  const reply = await fetch(`${gateway.url}/api/events`, { signal: stop.signal });
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
  await call(gateway, 'POST', '/api/profiles/night/activate');
  let text = '';
  while (!text.includes('event: config')) text += (await reader.read()).value ?? '';
  while (!/event: config\ndata: .*\n/.test(text)) text += (await reader.read()).value ?? '';
  stop.abort();
  expect(text).toContain('data: {"generation":2,"changed":["nodes.evaluate"],"actor":"local"}');
});

test('a stale If-Match is 412 on every call that changes something, and nothing changes', async () => {
  const gateway = await start();
  await call(gateway, 'POST', '/api/profiles', NIGHT);
  const stale = { 'if-match': '"99"' };
  const { name: _name, ...content } = NIGHT;
  for (const [method, path, body] of [
    ['POST', '/api/profiles', { ...NIGHT, name: 'x' }],
    ['PUT', '/api/profiles/night', content],
    ['DELETE', '/api/profiles/night'],
    ['POST', '/api/profiles/night/activate'],
    ['POST', '/api/profiles/deactivate'],
    ['POST', '/api/profiles/import', { laneway_profile: 1, ...NIGHT, name: 'x' }],
  ] as const) {
    const answer = await call(gateway, method, path, body, stale);
    expect([path, ...faultOf(answer)]).toEqual([path, 412, 'generation_mismatch', null]);
  }
  const { headers, body } = await call(gateway, 'GET', '/api/profiles');
  expect([headers.get('etag'), body['active']]).toEqual(['"1"', null]);
  const fresh = { 'if-match': headers.get('etag') ?? '' };
  expect((await call(gateway, 'POST', '/api/profiles/night/activate', {}, fresh)).status).toBe(200);
});

test('bad input is answered with what was wrong', async () => {
  const gateway = await start({ presets: true });
  await call(gateway, 'POST', '/api/profiles', NIGHT);
  const wrong = async (method: string, path: string, body?: unknown): Promise<unknown[]> => {
    const answer = await call(gateway, method, path, body);
    return [...faultOf(answer), answer.body.error.message];
  };
  const one = { ...NIGHT, name: 'one' };
  expect(await wrong('POST', '/api/profiles', NIGHT)).toEqual([
    ...[409, 'exists', 'name', 'profile "night" exists; change it with PUT, or import it with ?overwrite=1'],
  ]);
  expect(await wrong('POST', '/api/profiles', { ...NIGHT, name: 'Night' })).toEqual([
    ...[400, 'invalid_body', 'name', expect.stringContaining('must start with a lower-case letter')],
  ]);
  expect(await wrong('POST', '/api/profiles', { name: 'one' })).toEqual([
    400,
    'invalid_body',
    'config',
    expect.any(String),
  ]);
  expect(await wrong('POST', '/api/profiles', { ...one, lanes: {} })).toEqual([
    ...[400, 'invalid_body', 'lanes', expect.stringContaining('known: name, description, config')],
  ]);
  expect(await wrong('POST', '/api/profiles', { ...one, config: { nodes: [] } })).toEqual([
    400,
    'invalid_body',
    'config.nodes',
    expect.any(String),
  ]);
  expect(await wrong('GET', '/api/profiles/nigth')).toEqual([
    ...[404, 'profile_not_found', 'name', 'unknown profile "nigth"; did you mean "night"?'],
  ]);
  expect(await wrong('PUT', '/api/profiles/night', one)).toEqual([
    ...[400, 'invalid_body', 'name', expect.stringContaining('cannot be renamed')],
  ]);
  expect(await wrong('PUT', '/api/profiles/coding', { config: {} })).toEqual([
    409,
    'exists',
    'name',
    expect.any(String),
  ]);
  expect(await wrong('DELETE', '/api/profiles/coding')).toEqual([409, 'in_use', null, expect.any(String)]);
  expect(await wrong('POST', '/api/profiles/import', { laneway_profile: 2, ...one })).toEqual([
    ...[400, 'invalid_body', 'laneway_profile', expect.stringContaining('newer release')],
  ]);
  expect(await wrong('POST', '/api/profiles/import', one)).toEqual([
    400,
    'invalid_body',
    'laneway_profile',
    expect.any(String),
  ]);
  expect(await wrong('POST', '/api/profiles/night/activate', { dryrun: true })).toEqual([
    ...[400, 'invalid_body', 'dryrun', expect.stringContaining('did you mean "dry_run"?')],
  ]);
  expect(await wrong('POST', '/api/profiles/coding/activate')).toEqual([
    ...[
      400,
      'invalid_body',
      null,
      expect.stringContaining('not configured: anthropic, groq, ollama, openai, vllm, xai'),
    ],
  ]);
});

test('an import takes what the export gave, and overwrites only where it is asked to', async () => {
  const gateway = await start();
  await call(gateway, 'POST', '/api/profiles', NIGHT);
  const { body: exported } = await call(gateway, 'GET', '/api/profiles/night/export');
  expect(faultOf(await call(gateway, 'POST', '/api/profiles/import', exported))).toEqual([
    409,
    'exists',
    'name',
  ]);
  const again = { ...exported, description: 'Again' };
  const overwritten = await call(gateway, 'POST', '/api/profiles/import?overwrite=1', again);
  expect([overwritten.status, overwritten.body['description']]).toEqual([201, 'Again']);
  const copy = await call(gateway, 'POST', '/api/profiles/import', { ...exported, name: 'copy' });
  expect([copy.status, copy.body['config']]).toEqual([201, NIGHT.config]);
});

test('without state, and with runtime_switching off, profiles are only read', async () => {
  const files = { 'user_profiles/night.json': NIGHT.config };
  const store = new UnwritableStore('the disk is full', null);
  const stateless = await start({ files, store });
  const fixed = await start({ files, config: { ...CONFIG, runtime_switching: false } });
  for (const [gateway, expected] of [
    [stateless, [503, 'store_unavailable', null]],
    [fixed, [409, 'runtime_switching_off', null]],
  ] as const) {
    const list = await call(gateway, 'GET', '/api/profiles');
    expect(list.body).toMatchObject({ active: null, profiles: [{ name: 'night', problem: null }] });
    for (const [method, path, body] of [
      ['POST', '/api/profiles', { ...NIGHT, name: 'x' }],
      ['PUT', '/api/profiles/night', { config: {} }],
      ['POST', '/api/profiles/night/activate', {}],
      ['DELETE', '/api/profiles/night', undefined],
    ] as const) {
      expect([path, ...faultOf(await call(gateway, method, path, body))]).toEqual([path, ...expected]);
    }
    const preview = await call(gateway, 'POST', '/api/profiles/night/activate', { dry_run: true });
    expect(preview.body).toMatchObject({
      dry_run: true,
      changes: [{ subject: 'node:evaluate', to: 'box/small' }],
    });
  }
});

test('profiles need the token where one is set', async () => {
  const gateway = await start({
    access: { adminToken: 'lw-fake-admin-token-0123456789', dataPlane: 'closed' },
  });
  for (const [method, path] of [
    ['GET', '/api/profiles'],
    ['POST', '/api/profiles/night/activate'],
  ] as const) {
    expect(faultOf(await call(gateway, method, path))).toEqual([401, 'invalid_api_key', null]);
  }
});
