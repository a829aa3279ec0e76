import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { EngineError, LoadedModel } from '../../../src/engines/driver.ts';
import type { EngineExit } from '../../../src/engines/drivers/driver-events.ts';
import { ProcessDriver } from '../../../src/engines/drivers/process-driver.ts';
import { engineEnvironment } from '../../../src/engines/drivers/processes/environment.ts';
import { freeLoopbackPort } from '../../../src/engines/drivers/processes/free-port.ts';
import { TOKEN_VARIABLE } from '../../../src/engines/drivers/processes/orphans.ts';
import {
  brokenFile,
  LLAMA_TEMPLATE,
  never,
  openDescriptors,
  processesWith,
  serverPorts,
  stream,
  until,
} from '../../support/engines/drivers.ts';
import { describeWithEngine, findLlamaServer, modelFile } from '../../support/engines/engines.ts';

const token = randomBytes(16).toString('hex');
const ignore = (): void => undefined;
const files: Readonly<Record<string, string>> = {
  smollm: modelFile('smollm2-135m'),
  tiny: modelFile('tiny-random'),
  cut: brokenFile('cut-tensors'),
  text: brokenFile('not-gguf'),
  empty: brokenFile('empty'),
  nowhere: '/no such folder/a model.gguf',
};
const exits: EngineExit[] = [];
let driver: ProcessDriver;

function create(): ProcessDriver {
  exits.length = 0;
  driver = new ProcessDriver({
    template: LLAMA_TEMPLATE.map((part) => (part === '{program}' ? (findLlamaServer() ?? '') : part)),
    find: (id) => (files[id] === undefined ? null : { id, path: files[id], context: 512 }),
    environment: engineEnvironment(process.env, { [TOKEN_VARIABLE]: token }),
    freePort: freeLoopbackPort,
    ports: serverPorts(),
    onExit: (exit) => exits.push(exit),
  });
  return driver;
}

const load = (modelId: string, signal = never): Promise<unknown> =>
  driver.load({ modelId, contextLength: null }, ignore, signal);
const errorOf = (work: Promise<unknown>): Promise<EngineError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineError,
  );

describeWithEngine('a real llama-server started by engine.command', () => {
  afterEach(async () => {
    await driver.close();
    expect(await processesWith(token)).toEqual([]);
  });

  test('loads, serves at an address of its own, and unloads', async () => {
    create();
    expect(await load('smollm')).toEqual({ contextLength: 512, footprintBytes: expect.any(Number) });
    expect(await driver.slots('smollm', never)).toBe(1);
    const reply = await stream(driver.addressOf('smollm') ?? '', 'smollm', never);
    expect(reply.status).toBe(200);
    await reply.body?.cancel();
    await driver.unload('smollm', never);
    expect(driver.state).toBe('stopped');
    await expect(stream(reply.url.replace('/v1/chat/completions', ''), 'smollm', never)).rejects.toThrow(
      'fetch failed',
    );
  });

  test('measures what a model takes, although the command does not ask for a verbose log', async () => {
    create();
    // 6.1 MiB of weights.
    const { footprintBytes } = (await load('tiny')) as LoadedModel;
    expect(footprintBytes).toBeGreaterThan(6_000_000);
  });

  test.each(['cut', 'text', 'empty', 'nowhere'])(
    'fails for a file that is %s, with the cause and without a folder',
    async (id) => {
      create();
      const error = await errorOf(load(id));
      expect(error).toMatchObject({ kind: 'failed', exitCode: 1 });
      // llama-server itself sometimes exits before it has written its last lines (b10434).
      expect(error.message).toMatch(
        /^Model \w+ could not be loaded: its server ended \(exit code 1\)(: .*(corrupted|failed to load).*)?$/,
      );
      expect(error.message).not.toContain('laneway-engines');
      expect(error.message).not.toContain('no such folder');
    },
  );

  test('is out of memory for a child that is killed while it loads', async () => {
    create();
    const failed = errorOf(load('smollm'));
    await until(async () => (await processesWith(token)).length > 0);
    for (const pid of await processesWith(token)) process.kill(pid, 'SIGKILL');
    expect(await failed).toMatchObject({ kind: 'out_of_memory', exitCode: 137 });
    expect(exits).toEqual([]);
  });

  test('reports a child that is killed while it serves, and loads it again', async () => {
    create();
    await load('tiny');
    const reply = await stream(driver.addressOf('tiny') ?? '', 'tiny', never);
    for (const pid of await processesWith(token)) process.kill(pid, 'SIGKILL');
    await reply.text().catch(() => '');
    await until(() => exits.length > 0);
    expect(exits).toMatchObject([{ modelId: 'tiny', error: { kind: 'out_of_memory', exitCode: 137 } }]);
    expect(await driver.residency()).toMatchObject([{ modelId: 'tiny', state: 'failed' }]);
    await load('tiny');
    expect(driver.state).toBe('running');
  });

  test('ends its child when the load is aborted, or the model unloaded, while it loads', async () => {
    create();
    const abort = new AbortController();
    const failed = errorOf(load('smollm', abort.signal));
    await until(async () => (await processesWith(token)).length > 0);
    abort.abort();
    expect(await failed).toMatchObject({ kind: 'aborted' });
    expect(await processesWith(token)).toEqual([]);
    const again = errorOf(load('smollm'));
    await until(async () => (await processesWith(token)).length > 0);
    await driver.unload('smollm', never);
    expect(await again).toMatchObject({ kind: 'aborted' });
    expect(await processesWith(token)).toEqual([]);
  });

  test('takes less memory with a quantised cache', async () => {
    create();
    const footprint = async (quantizedCache: boolean): Promise<number> => {
      const request = { modelId: 'smollm', contextLength: 2048, quantizedCache };
      const { footprintBytes } = await driver.load(request, ignore, never);
      await driver.unload('smollm', never);
      return footprintBytes ?? 0;
    };
    const full = await footprint(false);
    const less = await footprint(true);
    expect(less).toBeGreaterThan(90e6);
    expect(full - less).toBeGreaterThan(15e6);
  });

  test('unloads within its bound while a stream runs', async () => {
    create();
    await load('tiny');
    const reply = await stream(driver.addressOf('tiny') ?? '', 'tiny', never);
    await driver.unload('tiny', never);
    await reply.text().catch(() => '');
    expect(await driver.residency()).toEqual([]);
  });

  test('leaves no process and no descriptor after 30 alternating loads', { timeout: 90_000 }, async () => {
    create();
    await load('tiny');
    await driver.unload('tiny', never);
    const before = openDescriptors();
    for (let round = 0; round < 30; round += 1) {
      const [next, other] = round % 2 === 0 ? ['tiny', 'smollm'] : ['smollm', 'tiny'];
      await driver.unload(other, never);
      await load(next);
      expect(await processesWith(token)).toHaveLength(1);
    }
    await driver.close();
    await until(() => openDescriptors() <= before);
    expect(exits).toEqual([]);
  });
});
