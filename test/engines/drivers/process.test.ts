import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../../src/engines/driver.ts';
import type { EngineExit } from '../../../src/engines/drivers/driver-events.ts';
import { ProcessDriver } from '../../../src/engines/drivers/process-driver.ts';
import { never, turns, virtualTime } from '../../support/engines/drivers.ts';
import { FakeMachine } from '../../support/engines/fake-processes.ts';

const TEMPLATE = [
  'llama-server',
  '-m',
  '{path}',
  '--alias',
  '{model}',
  '--port',
  '{port}',
  '-c',
  '{context}',
];
const ignore = (): void => undefined;
const errorOf = (work: Promise<unknown>): Promise<EngineError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineError,
  );

function setUp(time = virtualTime()): {
  machine: FakeMachine;
  driver: ProcessDriver;
  exits: EngineExit[];
  time: typeof time;
} {
  const machine = new FakeMachine();
  const exits: EngineExit[] = [];
  let port = 40_000;
  const driver = new ProcessDriver({
    template: TEMPLATE,
    find: (id) => (id === 'unknown' ? null : { id, path: `/models/${id}.gguf`, context: null }),
    environment: { PATH: '/bin' },
    freePort: () => Promise.resolve((port += 1)),
    ports: machine.ports(time),
    onExit: (exit) => exits.push(exit),
  });
  return { machine, driver, exits, time };
}

const wanted = (
  modelId: string,
  contextLength: number | null = null,
): { modelId: string; contextLength: number | null } => ({
  modelId,
  contextLength,
});

describe('a load by engine.command', () => {
  test('starts one server with the template filled in, and serves when /health is 200', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => {
      server.health = 503;
      void turns(5).then(() => (server.health = 200));
    };
    const loaded = await driver.load(wanted('a', 4096), ignore, never);
    expect(machine.last.request.command).toEqual([
      'llama-server',
      '-m',
      '/models/a.gguf',
      '--alias',
      'a',
      '--port',
      '40001',
      '-c',
      '4096',
    ]);
    expect(machine.last.request.environment).toEqual({ PATH: '/bin', LLAMA_ARG_LOG_VERBOSITY: '4' });
    expect(loaded).toEqual({ contextLength: 2048, footprintBytes: null });
    expect(driver.addressOf('a')).toBe('http://127.0.0.1:40001');
    expect(driver.serverAddresses).toEqual(['http://127.0.0.1:40001']);
    expect(await driver.slots('a', never)).toBe(4);
    expect(driver.state).toBe('running');
    await driver.close();
    expect(machine.last.openConnections).toBe(false);
  });

  test('reports the buffers that the server says it has allocated', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => {
      void turns(2).then(() => {
        server.write('load_tensors:   CPU_Mapped model buffer size =    92.10 MiB');
        server.write('llama_kv_cache:        CPU KV buffer size =    7.90 MiB');
        server.health = 200;
      });
    };
    const { footprintBytes } = await driver.load(wanted('a'), ignore, never);
    expect(footprintBytes).toBe(100 * 1024 * 1024);
  });

  test('does nothing for a model that is loaded', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => (server.health = 200);
    await driver.load(wanted('a'), ignore, never);
    await driver.load(wanted('a'), ignore, never);
    expect(machine.servers).toHaveLength(1);
  });

  test('of a model without a file is not found', async () => {
    const { driver } = setUp();
    expect(await errorOf(driver.load(wanted('unknown'), ignore, never))).toMatchObject({ kind: 'not_found' });
  });

  test.each([
    [
      { code: 1 },
      ['0.00.1 E llama_model_load: error loading model: tensor is corrupted'],
      'failed',
      1,
      'tensor is corrupted',
    ],
    [
      { code: 1 },
      ['ggml_backend_cpu_buffer: failed to allocate buffer of size 9'],
      'out_of_memory',
      1,
      'failed to allocate',
    ],
    [{ code: 1 }, ['cudaMalloc failed: out of memory', 'exiting'], 'out_of_memory', 1, 'cudaMalloc'],
    [
      { code: 1 },
      ['out of memory, retrying without pipeline parallelism', 'error: bad magic'],
      'failed',
      1,
      'bad magic',
    ],
    [{ code: 1 }, ['no room: no oomph in zoom'], 'failed', 1, 'zoom'],
    [{ signal: 'SIGKILL' }, ['loading'], 'out_of_memory', 137, 'was killed, as the system does'],
    [{ code: 137 }, [], 'out_of_memory', 137, 'exit code 137'],
    [{ signal: 'SIGSEGV' }, [], 'failed', 139, 'SIGSEGV'],
  ] as const)('that ends with %o after %j is %s', async (exit, lines, kind, exitCode, words) => {
    const { machine, driver, exits } = setUp();
    machine.onSpawn = (server) => {
      void turns(2).then(() => {
        server.write(...lines);
        server.end(exit);
      });
    };
    const error = await errorOf(driver.load(wanted('a'), ignore, never));
    expect(error).toMatchObject({ kind, exitCode, message: expect.stringContaining(words) });
    expect(error.message).toContain('Model a could not be loaded');
    expect(exits).toEqual([]);
    expect(await driver.residency()).toMatchObject([{ modelId: 'a', state: 'failed', error: error.message }]);
  });

  test('names files without their folders in its error', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => {
      void turns(2).then(() => {
        server.write("failed to load model, '/home/someone/private/models/a.gguf'");
        server.end({ code: 1 });
      });
    };
    const { message } = await errorOf(driver.load(wanted('a'), ignore, never));
    expect(message).toContain("'a.gguf'");
    expect(message).not.toContain('someone');
  });

  test('takes another port when the first one was taken meanwhile', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => {
      if (machine.servers.length === 2) server.health = 200;
      else
        void turns(2).then(() => {
          server.write("srv start: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 40001");
          server.end({ code: 1 });
        });
    };
    await driver.load(wanted('a'), ignore, never);
    expect(driver.addressOf('a')).toBe('http://127.0.0.1:40002');
  });

  test('stalls after 60 s without a sign, ends the server, and output postpones that', async () => {
    const { machine, driver, time } = setUp();
    let signs = 0;
    machine.onSpawn = (server) => {
      server.obeys = ['SIGKILL'];
      Object.defineProperty(server, 'health', {
        get: () => {
          if (time.now() <= 100_000) server.write('.');
          return 503;
        },
        set: () => undefined,
      });
    };
    const error = await errorOf(driver.load(wanted('a'), () => (signs += 1), never));
    expect(error).toMatchObject({
      kind: 'stalled',
      message: expect.stringContaining('no progress for 60 s'),
    });
    expect(time.now()).toBeGreaterThan(160_000);
    expect(time.now()).toBeLessThan(240_000);
    expect(signs).toBeGreaterThan(1);
    expect(machine.last.signals).toEqual(['SIGTERM', 'SIGKILL']);
  });

  test('does not stall while the server reads its file in silence', async () => {
    const { machine, driver, time } = setUp();
    machine.onSpawn = (server) => {
      server.health = 503;
      Object.defineProperty(server, 'activity', {
        get: () => {
          if (time.now() > 600_000) server.health = 200;
          return { ticks: 1, residentBytes: 0, readBytes: time.now() * 10_000 };
        },
      });
    };
    await driver.load(wanted('a'), ignore, never);
    expect(time.now()).toBeGreaterThan(600_000);
    await driver.close();
  });

  test('counts processor time alone for five stall times only', async () => {
    const { machine, driver, time } = setUp();
    machine.onSpawn = (server) => {
      server.health = 503;
      Object.defineProperty(server, 'activity', {
        get: () => ({ ticks: time.now(), residentBytes: 0, readBytes: 0 }),
      });
    };
    expect(await errorOf(driver.load(wanted('a'), ignore, never))).toMatchObject({ kind: 'stalled' });
    expect(Math.floor(time.now() / 10_000)).toBe(30);
  });

  test('that is aborted ends its server before it rejects', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => (server.health = 503);
    const abort = new AbortController();
    const load = errorOf(driver.load(wanted('a'), ignore, abort.signal));
    void turns(4).then(() => {
      abort.abort();
    });
    expect(await load).toMatchObject({ kind: 'aborted' });
    expect(machine.last.signals).toEqual(['SIGTERM']);
    expect(machine.last.openConnections).toBe(false);
    expect(driver.state).toBe('stopped');
  });

  test('is aborted when the model is unloaded meanwhile, and the unload waits for the end', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => (server.health = 503);
    const load = errorOf(driver.load(wanted('a'), ignore, never));
    await turns(4);
    expect(await driver.residency()).toMatchObject([{ modelId: 'a', state: 'loading' }]);
    await driver.unload('a', never);
    expect(await load).toMatchObject({ kind: 'aborted', message: 'Model a was unloaded while it loaded' });
    expect(await driver.residency()).toEqual([]);
  });
});

describe('an unload by engine.command', () => {
  test('sends SIGTERM, and SIGKILL after stop_s', async () => {
    const { machine, driver, time, exits } = setUp();
    machine.onSpawn = (server) => {
      server.health = 200;
      server.obeys = ['SIGKILL'];
    };
    await driver.load(wanted('a'), ignore, never);
    const began = time.now();
    await driver.unload('a', never);
    expect(time.now() - began).toBe(10_000);
    expect(machine.last.signals).toEqual(['SIGTERM', 'SIGKILL']);
    expect(exits).toEqual([]);
    expect(await driver.residency()).toEqual([]);
  });

  test('of a server that not even SIGKILL ends is an error, and the model stays listed', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => {
      server.health = 200;
      server.obeys = [];
    };
    await driver.load(wanted('a'), ignore, never);
    expect(await errorOf(driver.unload('a', never))).toMatchObject({ kind: 'stalled' });
    expect(await driver.residency()).toMatchObject([{ modelId: 'a', state: 'unloading' }]);
    machine.last.end({ signal: 'SIGKILL' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(await driver.residency()).toEqual([]);
  });

  test('goes on when its caller no longer waits', async () => {
    const { machine, driver } = setUp();
    machine.onSpawn = (server) => (server.health = 200);
    await driver.load(wanted('a'), ignore, never);
    expect(await errorOf(driver.unload('a', AbortSignal.abort()))).toMatchObject({ kind: 'aborted' });
    await turns(9);
    expect(await driver.residency()).toEqual([]);
  });
});

test('a server that ends by itself is reported at once, and never with words of a prompt', async () => {
  const { machine, driver, exits } = setUp();
  machine.onSpawn = (server) => (server.health = 200);
  await driver.load(wanted('a'), ignore, never);
  machine.last.write('request: {"messages":[{"content":"my secret error"}]}', 'failed to parse: my secret');
  machine.last.write('/src/ggml.c:123: GGML_ASSERT(buffer) failed');
  machine.last.end({ signal: 'SIGABRT' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(exits).toMatchObject([{ modelId: 'a', error: { kind: 'failed', exitCode: 134 } }]);
  expect(exits[0]?.error.message).toContain('Model a was lost: its server ended (SIGABRT): ');
  expect(exits[0]?.error.message).toContain('GGML_ASSERT');
  expect(exits[0]?.error.message).not.toContain('secret');
  expect(driver.addressOf('a')).toBeNull();
  expect(driver.serverAddresses).toEqual([]);
  expect(await driver.residency()).toMatchObject([{ modelId: 'a', state: 'failed' }]);
});

test('close ends loaded and loading servers, and settles what waits for them', async () => {
  const { machine, driver } = setUp();
  machine.onSpawn = (server) => (server.health = machine.servers.length === 1 ? 200 : 503);
  await driver.load(wanted('a'), ignore, never);
  const load = errorOf(driver.load(wanted('b'), ignore, never));
  await turns(4);
  await driver.close();
  expect(await load).toMatchObject({ kind: 'aborted' });
  expect(machine.servers.map(({ signals }) => signals)).toEqual([['SIGTERM'], ['SIGTERM']]);
  expect(await errorOf(driver.load(wanted('c'), ignore, never))).toMatchObject({ kind: 'aborted' });
});
