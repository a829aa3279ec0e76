import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EngineExit } from '../../../src/engines/drivers/driver-events.ts';
import {
  createDriver,
  type CreatedDriver,
  type DriverPorts,
  type EngineSettings,
} from '../../../src/engines/drivers/create-driver.ts';
import {
  EngineCallError,
  type EngineHttp,
  type EngineReply,
} from '../../../src/engines/drivers/engine-http.ts';
import { TOKEN_VARIABLE } from '../../../src/engines/drivers/processes/orphans.ts';
import { never, table, turns, virtualTime } from '../../support/engines/drivers.ts';
import { FakeMachine } from '../../support/engines/fake-processes.ts';
import { FakeRouter, reply } from '../../support/engines/fake-router.ts';

/** A server that answers these paths and 404 otherwise; `refused` while there is none. */
class FakePaths implements EngineHttp {
  answers: Readonly<Record<string, EngineReply>> | 'refused' | 'silent' = 'refused';

  get(path: string): Promise<EngineReply> {
    if (this.answers === 'refused') return Promise.reject(new EngineCallError('ECONNREFUSED', true));
    if (this.answers === 'silent') return Promise.reject(new EngineCallError('no answer'));
    return Promise.resolve(this.answers[path] ?? reply(404, {}));
  }

  post(path: string): Promise<EngineReply> {
    return this.get(path);
  }

  lines(): Promise<void> {
    return Promise.resolve();
  }
}

const SINGLE = {
  '/models': reply(200, { data: [{ id: 'only', meta: { n_ctx: 4096 } }] }),
  '/v1/models': reply(200, { data: [{ id: 'only', meta: { n_ctx: 4096 } }] }),
  '/health': reply(200, { status: 'ok' }),
  '/props': reply(200, { total_slots: 1 }),
};

const SETTINGS: EngineSettings = {
  ...{ providerId: 'p', providerType: 'llamacpp', baseUrl: 'http://127.0.0.1:8080', manage: 'auto' },
  ...{ command: null, start: null, stop: null, models: null, limits: { stallMs: 60_000, stopMs: 10_000 } },
};

let folder: string;
let machine: FakeMachine;
let exits: EngineExit[];
const created: CreatedDriver[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'laneway-create-'));
  machine = new FakeMachine();
  exits = [];
});
afterEach(async () => {
  await Promise.all(created.splice(0).map(({ driver }) => driver.close()));
  rmSync(folder, { recursive: true });
});

async function create(
  settings: Partial<EngineSettings>,
  http: EngineHttp,
  path = '',
): Promise<CreatedDriver> {
  const time = virtualTime();
  const ports: DriverPorts = {
    ...{
      http,
      time,
      spawner: machine,
      table,
      folder: join(folder, 'p'),
      token: 'tok',
      httpAt: machine.ports(time).httpAt,
    },
    freePort: () => Promise.resolve(40_000),
    find: (id) => ({ id, path: `/m/${id}.gguf`, context: null }),
    environment: { PATH: path },
    onExit: (exit) => exits.push(exit),
  };
  const made = await createDriver({ ...SETTINGS, ...settings }, ports, never);
  created.push(made);
  return made;
}

/** A PATH with a program of that name. */
function pathWith(name: string, mode = 0o755): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, name), '');
  chmodSync(join(bin, name), mode);
  return `relative:${join(folder, 'none')}:${bin}`;
}

describe('the driver of a provider', () => {
  test.each([
    [{ manage: 'none' }, 'none', []],
    [{ manage: 'none', command: ['llama-server'] }, 'none', []],
    [{ command: ['llama-server'], baseUrl: null }, 'process', ['load', 'unload']],
    [{ providerType: 'vllm', start: ['a'], stop: ['b'] }, 'command', ['load', 'unload']],
    [{ providerType: 'vllm', stop: ['b'] }, 'command', ['unload']],
    [{ providerType: 'ollama' }, 'ollama', ['load', 'unload']],
    [{ providerType: 'vllm' }, 'none', []],
    [{ providerType: 'openai_compatible' }, 'none', []],
  ] as const)('for %j is %s', async (settings, name, verbs) => {
    const { driver, ownRouter } = await create(settings, new FakePaths());
    expect(driver.name).toBe(name);
    expect(driver.verbs).toEqual(verbs);
    expect(ownRouter).toBeNull();
  });

  test('of a llama-server that answers as a router is router, and none before it answers', async () => {
    const router = new FakeRouter('a');
    const { driver } = await create({}, router);
    expect(driver.name).toBe('none');
    await driver.residency(never);
    expect(driver.name).toBe('router');
    expect(driver.verbs).toEqual(['load', 'unload']);
    await driver.load({ modelId: 'a', contextLength: null }, () => undefined, never);
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'a', state: 'loaded' }]);
  });

  test('of a router without a model is router too', async () => {
    const { driver } = await create({}, new FakeRouter());
    await driver.residency(never);
    expect(driver.name).toBe('router');
  });

  test('of a llama-server with one model only observes it, and says what to do for more', async () => {
    const http = new FakePaths();
    http.answers = SINGLE;
    const { driver } = await create({}, http);
    expect(await driver.residency(never)).toMatchObject([
      { modelId: 'only', state: 'loaded', contextLength: 4096 },
    ]);
    expect(driver.name).toBe('none');
    await expect(driver.load({ modelId: 'x', contextLength: null }, () => undefined, never)).rejects.toThrow(
      /Model x cannot be loaded: its llama-server does not answer as a router; .* engine\.command/,
    );
    await expect(driver.unload('only', never)).rejects.toMatchObject({ kind: 'failed' });
  });

  test('changes when another server is found after an outage', async () => {
    const http = new FakePaths();
    const { driver } = await create({}, http);
    expect(await driver.residency(never)).toEqual([]);
    expect(driver.state).toBe('unreachable');
    http.answers = { '/models': reply(200, { data: [{ id: 'a', status: { value: 'loaded' } }] }) };
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'a' }]);
    expect(driver.name).toBe('router');
    http.answers = SINGLE;
    await expect(driver.residency(never)).rejects.toMatchObject({ kind: 'unreachable' });
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'only' }]);
    expect(driver.name).toBe('none');
  });
});

describe('an engine that is only observed', () => {
  test.each([
    [
      'ollama',
      { '/api/ps': reply(200, { models: [{ model: 'a:latest', size: 9, context_length: 8 }] }) },
      'a:latest',
      8,
    ],
    [
      'vllm',
      { '/health': reply(200, null), '/v1/models': reply(200, { data: [{ id: 'v', max_model_len: 7 }] }) },
      'v',
      7,
    ],
    ['openai_compatible', { '/v1/models': reply(200, { data: [{ id: 'x' }] }) }, 'x', null],
  ] as const)('shows what a %s has loaded', async (providerType, answers, modelId, contextLength) => {
    const http = new FakePaths();
    http.answers = answers;
    const { driver } = await create({ providerType, manage: 'none' }, http);
    expect(await driver.residency(never)).toMatchObject([{ modelId, state: 'loaded', contextLength }]);
    expect(driver.state).toBe('running');
  });

  test('shows what a router holds, and not that a model has failed', async () => {
    const router = new FakeRouter('a', 'b', 'c');
    router.models.set('a', { value: 'loaded' });
    router.models.set('b', { value: 'unloaded', failed: true, exit_code: 1 });
    const { driver } = await create({ manage: 'none' }, router);
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'a', state: 'loaded' }]);
    expect(router.calls.every((call) => call.startsWith('GET'))).toBe(true);
  });

  test('is starting while it answers 503', async () => {
    const http = new FakePaths();
    http.answers = { '/health': reply(503, {}) };
    const { driver } = await create({ providerType: 'vllm' }, http);
    expect(await driver.residency(never)).toEqual([]);
    expect(driver.state).toBe('starting');
  });
});

describe('a router of its own', () => {
  const models = [{ id: 'a', path: '/m/a.gguf', context: null }];

  test('is started where nothing listens, with a list of its own and the token', async () => {
    machine.onSpawn = (server) => (server.health = 200);
    const { driver, ownRouter } = await create({ models }, new FakePaths(), pathWith('llama-server'));
    expect(driver.name).toBe('router');
    expect(ownRouter?.state).toBe('running');
    const { command, environment } = machine.last.request;
    expect(command).toEqual([
      join(folder, 'bin/llama-server'),
      ...['--log-verbosity', '4', '--cache-ram', '1024'],
      ...['--host', '127.0.0.1', '--port', '8080', '--models-preset', join(folder, 'p/router/models.ini')],
      ...['--no-models-autoload', '--models-max', '0', '--offline'],
    ]);
    expect(environment).toMatchObject({
      [TOKEN_VARIABLE]: 'tok',
      LLAMA_CACHE: join(folder, 'p/router/cache'),
    });
    await driver.close();
    expect(machine.last.signals).toEqual(['SIGTERM']);
  });

  const noAnswer = 'http://127.0.0.1:8080 does not answer as a llama-server does';
  const noProgram = 'there is no llama-server on the PATH';
  const away = 'http://192.168.1.2:8080';
  test.each([
    ['a llama-server listens', { models }, SINGLE, 'llama-server', 0o755, null],
    ['another program listens', { models }, {}, 'llama-server', 0o755, noAnswer],
    ['a server is silent', { models }, 'silent', 'llama-server', 0o755, noAnswer],
    ['there is no folder of models', { models: null }, 'refused', 'llama-server', 0o755, null],
    ['there is no llama-server', { models }, 'refused', 'llama-cli', 0o755, noProgram],
    ['it is not executable', { models }, 'refused', 'llama-server', 0o644, noProgram],
    ['the address is another machine', { models, baseUrl: away }, 'refused', 'llama-server', 0o755, null],
    ['nothing is to be managed', { models, manage: 'none' }, 'refused', 'llama-server', 0o755, null],
    ['a command is configured', { models, command: ['x'] }, 'refused', 'llama-server', 0o755, null],
    ['it is another type', { models, providerType: 'vllm' }, 'refused', 'llama-server', 0o755, null],
  ] as const)('is not started where %s', async (_name, settings, answers, program, mode, why) => {
    const http = new FakePaths();
    http.answers = answers;
    const { ownRouter, obstacle } = await create(settings, http, pathWith(program, mode));
    expect([ownRouter, obstacle]).toEqual([null, why]);
    expect(machine.servers).toEqual([]);
  });

  test('that cannot start is reported, and the next load tries it again', async () => {
    machine.onSpawn = (server) => {
      if (machine.servers.length > 1) server.health = 200;
      else {
        void turns(2).then(() => {
          server.write("0.00.1 E srv  start: couldn't bind HTTP server socket, port: 8080");
          server.end({ code: 1 });
        });
      }
    };
    const { driver, ownRouter } = await create({ models }, new FakePaths(), pathWith('llama-server'));
    expect(exits).toMatchObject([{ modelId: null, error: { kind: 'failed', exitCode: 1 } }]);
    expect(exits[0]?.error.message).toMatch(/^The llama-server of p could not be started: .*couldn't bind/);
    expect(driver.state).toBe('stopped');
    await driver.load({ modelId: 'a', contextLength: null }, () => undefined, never).catch(() => undefined);
    expect(ownRouter?.state).toBe('running');
    expect(machine.servers).toHaveLength(2);
  });

  test('reports at once that it was lost', async () => {
    machine.onSpawn = (server) => (server.health = 200);
    const { driver } = await create({ models }, new FakePaths(), pathWith('llama-server'));
    machine.last.end({ signal: 'SIGSEGV' });
    await turns(3);
    expect(exits).toMatchObject([{ modelId: null, error: { exitCode: 139 } }]);
    expect(driver.state).toBe('stopped');
    expect(await driver.residency(never)).toEqual([]);
  });
});
