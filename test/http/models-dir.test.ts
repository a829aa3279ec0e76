import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test, vi } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Script } from '../support/fake-upstream.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { ggufFile, llamaShape } from '../support/gguf.ts';

// A folder of GGUF files (`models_dir`) through the whole gateway.

const NOTHING_LISTENS = 'http://127.0.0.1:1';

/** What lists say of the file that `llamaShape` makes, quantised as F16. */
const FACTS = {
  context_length: 8192,
  quantization: 'F16',
  parameter_count: 12_480,
  memory_gb_estimate: 0.012,
};

/** A llama-server that has loaded one file. */
const SINGLE: Script = (request) => {
  if (request.method === 'POST') return json(200, { model: 'alpha', choices: [], usage: {} });
  if (request.path === '/props') return json(200, { default_generation_settings: { n_ctx: 2048 } });
  return json(200, { data: [{ id: 'alpha.gguf', owned_by: 'llamacpp', meta: { n_ctx: 2048 } }] });
};

/** A gateway in a folder with the files alpha and beta, and one that is broken. */
async function start(
  over: Readonly<Record<string, unknown>> = {},
  variables: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, unknown>> = {},
  engines?: Readonly<Record<string, string>>,
): Promise<TestGateway> {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-models-dir-'));
  const models = join(folder, 'config', 'models');
  mkdirSync(join(models, 'deep'), { recursive: true });
  writeFileSync(join(models, 'alpha.gguf'), ggufFile(llamaShape()));
  writeFileSync(join(models, 'deep', 'beta.gguf'), ggufFile(llamaShape()));
  writeFileSync(join(models, 'broken.gguf'), 'GGUF');
  const llamacpp = { type: 'llamacpp', base_url: NOTHING_LISTENS, ...over };
  const config = { default_lane: 'main', lanes: { main: {} }, providers: { llamacpp }, ...more };
  const gateway = await startGateway({ config, folder, variables, ...(engines && { engines }) });
  onTestFinished(async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  await gateway.app.modelFolders.settled();
  return gateway;
}

async function server(script: Script): Promise<FakeUpstream> {
  const upstream = await startFakeUpstream(script);
  onTestFinished(() => upstream.close());
  return upstream;
}

function post(gateway: TestGateway, path: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(gateway.url + path, { method: 'POST', headers, body: '{}' });
}

async function bar(gateway: TestGateway): Promise<unknown> {
  const reply = (await gateway.get('/api/models')) as { providers: { models: unknown[] }[] };
  return reply.providers[0]?.models;
}

test('where nothing listens, the files are offered as unloaded with what their headers say', async () => {
  const gateway = await start({ models_dir: 'models' });
  expect(await bar(gateway)).toEqual([
    { id: 'alpha', name: 'alpha', status: 'unloaded', active: false, ...FACTS },
    { id: 'beta', name: 'beta', status: 'unloaded', active: false, ...FACTS },
  ]);
  const { data } = (await gateway.get('/v1/models')) as { data: { id: string }[] };
  expect(data.filter(({ id }) => id.startsWith('llamacpp/'))).toMatchObject([
    { id: 'llamacpp/alpha', ...FACTS },
    { id: 'llamacpp/beta', ...FACTS },
  ]);
  expect(await gateway.get('/v1/models/llamacpp%2Falpha.gguf')).toMatchObject({ id: 'llamacpp/alpha' });
  const { available } = (await gateway.get('/api/debug/models')) as { available: unknown[] };
  expect(available).toMatchObject([
    { model_id: 'alpha', status: 'unloaded', kind: 'chat', local: true, ...FACTS },
    { model_id: 'beta', status: 'unloaded', ...FACTS },
  ]);
});

test('no list names a path', async () => {
  const gateway = await start({ models_dir: 'models' });
  for (const path of ['/api/models', '/v1/models', '/api/debug/models', '/api/debug/health']) {
    const text = await (await fetch(gateway.url + path)).text();
    expect(text, path).not.toContain(gateway.folder);
  }
});

test('the broken file is one line of the log with its reason', async () => {
  const gateway = await start({ models_dir: 'models' });
  const lines = gateway.log.filter(({ message }) => message.includes('broken.gguf'));
  expect(lines).toMatchObject([
    {
      level: 'warn',
      message: expect.stringMatching(/^broken\.gguf in models_dir cannot be used: is truncated/),
    },
  ]);
});

test.each([
  ['chat', 'llamacpp/broken'],
  ['chat', 'llamacpp/broken.gguf'],
  ['chat', 'broken.gguf'],
  ['load', 'broken'],
  ['load', 'broken.gguf'],
])(
  'a %s of the broken file, as %s, is told that it is there and why it cannot be used',
  async (call, model) => {
    const gateway = await start({ models_dir: 'models' });
    const reply =
      call === 'chat'
        ? await gateway.chat({ model })
        : await post(gateway, `/api/engines/llamacpp/models/${model}/load`);
    expect(reply.status).toBe(404);
    const { error } = (await reply.json()) as { error: { code: string; message: string } };
    expect(error.code).toBe('model_not_found');
    expect(error.message).toMatch(
      /^model "(?:llamacpp\/)?broken(?:\.gguf)?" cannot be loaded: its file broken\.gguf is in models_dir of llamacpp, but cannot be used: is truncated/,
    );
  },
);

test('a load of a model that the configuration names, and whose file is broken, is refused with the reason', async () => {
  const gateway = await start(
    { models_dir: 'models' },
    {},
    { models: { 'llamacpp/broken': { context: 4096 } } },
  );
  const reply = await post(gateway, '/api/engines/llamacpp/models/broken/load');
  expect(reply.status).toBe(409);
  expect(await reply.json()).toMatchObject({
    error: {
      code: 'unfit_target',
      message: expect.stringMatching(
        /^llamacpp\/broken cannot be loaded: its file broken\.gguf is in models_dir/,
      ),
    },
  });
});

test('GET /api/engines lists the broken file until it is repaired', async () => {
  const gateway = await start({ models_dir: 'models' }, {}, {}, {});
  await gateway.app.engines.start();
  const unreadable = async (): Promise<unknown> =>
    ((await gateway.get('/api/engines')) as { engines: { unreadable?: unknown }[] }).engines[0]?.unreadable;
  expect(await unreadable()).toEqual([
    { file: 'broken.gguf', error: expect.stringMatching(/^is truncated/) },
  ]);
  writeFileSync(join(gateway.folder, 'config', 'models', 'broken.gguf'), ggufFile(llamaShape()));
  await vi.waitFor(async () => expect(await unreadable()).toBeUndefined(), 8_000);
});

test('a llama-server with one model: its file is that model, the others get no request', async () => {
  const upstream = await server(SINGLE);
  const gateway = await start({ models_dir: 'models', base_url: upstream.url });
  expect(await bar(gateway)).toMatchObject([
    { id: 'alpha', status: 'loaded', context_length: 2048, quantization: 'F16' },
    { id: 'beta', status: 'unloaded', context_length: 8192 },
  ]);
  const before = upstream.requests.length;
  for (const model of ['llamacpp/beta', 'llamacpp/beta.gguf', 'beta']) {
    const reply = await gateway.chat({ model });
    expect(reply.status).toBe(404);
    expect(await reply.text()).toContain('it has a file in models_dir, which its server has not loaded');
  }
  expect(upstream.requests.length).toBe(before);
  await gateway.chat({ model: 'alpha' });
  expect(upstream.requests.at(-1)?.json()).toMatchObject({ model: 'alpha.gguf' });
});

test('a switch of the model bar to a file that the server has not loaded says why it cannot', async () => {
  const upstream = await server(SINGLE);
  const gateway = await start({ models_dir: 'models', base_url: upstream.url });
  const reply = await fetch(`${gateway.url}/api/models/switch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider: 'llamacpp', model: 'beta.gguf' }),
  });
  expect(reply.status).toBe(404);
  expect(await reply.text()).toContain('llama.cpp does not list beta: it has a file in models_dir');
});

test('LLAMACPP_MODELS_DIR is the folder of the provider', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'laneway-models-variable-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  writeFileSync(join(folder, 'gamma.gguf'), ggufFile(llamaShape()));
  const gateway = await start({}, { LLAMACPP_MODELS_DIR: folder });
  expect(await bar(gateway)).toMatchObject([{ id: 'gamma', status: 'unloaded' }]);
});

test('a reload takes a folder up and leaves it again', async () => {
  const gateway = await start();
  expect(await bar(gateway)).toEqual([]);
  const write = (over: object): void => {
    const llamacpp = { type: 'llamacpp', base_url: NOTHING_LISTENS, ...over };
    const config = { default_lane: 'main', lanes: { main: {} }, providers: { llamacpp } };
    writeFileSync(join(gateway.folder, 'config', 'models.json'), JSON.stringify(config));
  };
  write({ models_dir: 'models' });
  await gateway.app.reloader.reload('test');
  await gateway.app.modelFolders.settled();
  expect(await bar(gateway)).toHaveLength(2);
  write({});
  await gateway.app.reloader.reload('test');
  expect(await bar(gateway)).toEqual([]);
});

test('a file that is added while the gateway runs is offered', async () => {
  const gateway = await start({ models_dir: 'models' });
  writeFileSync(join(gateway.folder, 'config', 'models', 'new.gguf'), ggufFile(llamaShape()));
  await vi.waitFor(async () => expect(await bar(gateway)).toHaveLength(3), {
    timeout: 10_000,
    interval: 100,
  });
});

test('a change in the folder is an event, so that a page that shows the list reads it again', async () => {
  const gateway = await start({ models_dir: 'models' });
  const events = await fetch(`${gateway.url}/api/events`, { headers: { 'last-event-id': 'none' } });
  const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('event: discovery')) text += (await reader?.read())?.value ?? '';
  await reader?.cancel();
  expect(text).toContain('"provider":"llamacpp","added":["alpha","beta"],"removed":[]');
});
