import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineError } from '../../../src/engines/driver.ts';
import type { EngineExit } from '../../../src/engines/drivers/driver-events.ts';
import type { OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import { engineEnvironment } from '../../../src/engines/drivers/processes/environment.ts';
import { freeLoopbackPort } from '../../../src/engines/drivers/processes/free-port.ts';
import { TOKEN_VARIABLE } from '../../../src/engines/drivers/processes/orphans.ts';
import type { EngineModel } from '../../../src/engines/drivers/engine-model.ts';
import { OwnRouter } from '../../../src/engines/drivers/router/own-router.ts';
import { RouterDriver } from '../../../src/engines/drivers/router/router-driver.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import {
  brokenFile,
  httpAt,
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
};
const exits: EngineExit[] = [];
let folder: string;
let url: string;
let http: OwnedHttp;
let own: OwnRouter;
let driver: RouterDriver;

const load = (modelId: string, contextLength: number | null = null, signal = never): Promise<unknown> =>
  driver.load({ modelId, contextLength }, ignore, signal);
const errorOf = (work: Promise<unknown>): Promise<EngineError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineError,
  );

describeWithEngine('a real llama-server router that Laneway runs', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laneway-router-'));
    const port = await freeLoopbackPort();
    url = `http://127.0.0.1:${port}`;
    http = httpAt(url);
    own = new OwnRouter({
      providerId: 'llamacpp',
      program: [findLlamaServer() ?? '', '--threads', '1', '-np', '1', '--cache-ram', '0'],
      ...{ host: '127.0.0.1', port, folder },
      models: Object.entries(files).map(([id, path]) => ({ id, path, context: 512 })),
      environment: engineEnvironment(process.env, { [TOKEN_VARIABLE]: token }),
      ports: serverPorts(),
      onExit: (exit) => exits.push(exit),
    });
    driver = new RouterDriver({
      providerId: 'llamacpp',
      http,
      time: systemTime,
      limits: { stallMs: 20_000, stopMs: 5_000 },
      own,
    });
    await own.start(never);
  });
  afterAll(async () => {
    await driver.close();
    await http.close();
    expect(await processesWith(token)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('lists exactly the given models, none loaded', async () => {
    const reply = await http.get('/models', { signal: never, timeoutMs: 5_000 });
    const ids = (reply.body as { data: { id: string }[] }).data.map(({ id }) => id);
    expect(ids.sort()).toEqual(['cut', 'smollm', 'tiny']);
    expect(await driver.residency(never)).toEqual([]);
    expect(driver.state).toBe('running');
  });

  test('loads with progress, and unloads until its process has ended', async () => {
    const seen: number[] = [];
    const note = (fraction: number | null): void => void (fraction === null || seen.push(fraction));
    const loaded = await driver.load({ modelId: 'smollm', contextLength: null }, note, never);
    // 92 MiB of weights, 11 MiB of cache, and what computing takes.
    expect(loaded).toEqual({ contextLength: 512, footprintBytes: expect.any(Number) });
    expect(Math.round((loaded.footprintBytes ?? 0) / 1e8)).toBe(1);
    expect(seen).toEqual(seen.toSorted((one, other) => one - other));
    expect(seen.at(-1)).toBe(1);
    expect(await driver.residency(never)).toMatchObject([
      { modelId: 'smollm', state: 'loaded', contextLength: 512 },
    ]);
    expect(await driver.slots('smollm', never)).toBe(1);
    await driver.unload('smollm', never);
    expect(await driver.residency(never)).toEqual([]);
    await until(async () => (await processesWith(token)).length === 1);
  });

  test('loads with the window that is asked for', async () => {
    expect(await load('tiny', 256)).toMatchObject({ contextLength: 256 });
    await driver.unload('tiny', never);
    expect(await load('tiny')).toMatchObject({ contextLength: 512 });
    await driver.unload('tiny', never);
  });

  test('takes less memory with a quantised cache', async () => {
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

  test('says what the server said of a broken file, and does not know an unknown one', async () => {
    const error = await errorOf(load('cut'));
    expect(error).toMatchObject({ kind: 'failed', exitCode: 1 });
    // llama-server itself sometimes exits before it has written its last lines (b10434).
    expect(error.message).toMatch(/its server ended \(exit code 1\)(: .*error loading model.*)?$/);
    expect(error.message).not.toContain('laneway-engines');
    expect(await errorOf(load('nope'))).toMatchObject({ kind: 'not_found' });
    await driver.unload('cut', never);
    expect(await driver.residency(never)).toEqual([]);
  });

  test('ends a load that is aborted, and one whose model is unloaded', async () => {
    const abort = new AbortController();
    const first = errorOf(load('smollm', null, abort.signal));
    await until(async () => (await processesWith(token)).length === 2);
    abort.abort();
    expect(await first).toMatchObject({ kind: 'aborted' });
    expect(await driver.residency(never)).toEqual([]);
    const second = errorOf(load('smollm'));
    await until(async () => (await processesWith(token)).length === 2);
    await driver.unload('smollm', never);
    expect(await second).toMatchObject({ kind: 'aborted' });
    expect(await driver.residency(never)).toEqual([]);
  });

  test('unloads within its bound while a stream runs, and that is no failure', async () => {
    await load('tiny');
    const reply = await stream(url, 'tiny', never);
    await driver.unload('tiny', never);
    await reply.text().catch(() => '');
    expect(await driver.residency(never)).toEqual([]);
  });

  test('a process that is killed while it loads fails its load', async () => {
    const failed = errorOf(load('smollm'));
    await until(async () => (await processesWith(token)).length === 2);
    for (const pid of await processesWith(token)) if (pid !== own.pid) process.kill(pid, 'SIGKILL');
    // The router reports 1 for every end that it did not ask for.
    expect(await failed).toMatchObject({ kind: 'failed', exitCode: 1 });
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'smollm', state: 'failed' }]);
    await driver.unload('smollm', never);
    expect(await driver.residency(never)).toEqual([]);
  });

  test('a process that is killed while it serves is failed, and can be loaded again', async () => {
    await load('tiny');
    const children = (await processesWith(token)).filter((pid) => pid !== own.pid);
    for (const pid of children) process.kill(pid, 'SIGKILL');
    await until(async () => (await driver.residency(never))[0]?.state === 'failed');
    await load('tiny');
    await driver.unload('tiny', never);
  });

  test('leaves no process and no descriptor after 30 alternating loads', { timeout: 90_000 }, async () => {
    await until(async () => (await processesWith(token)).length === 1);
    await load('tiny');
    const before = openDescriptors();
    for (let round = 0; round < 30; round += 1) {
      const [next, other] = round % 2 === 0 ? ['smollm', 'tiny'] : ['tiny', 'smollm'];
      await driver.unload(other, never);
      await load(next);
    }
    expect(await processesWith(token)).toHaveLength(2);
    await until(() => openDescriptors() <= before);
    await driver.unload('tiny', never);
  });

  test('a loaded model goes on with its window and file when others are configured, which its next load takes', async () => {
    const moved = join(folder, 'moved.gguf');
    copyFileSync(modelFile('tiny-random'), moved);
    const listed = (context: number): EngineModel[] =>
      Object.entries(files).map(([id, path]) =>
        id === 'tiny' ? { id, path: moved, context } : { id, path, context: 512 },
      );
    await load('tiny');
    const processes = await processesWith(token);
    await own.setModels(listed(256), never);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await processesWith(token)).toEqual(processes);
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'tiny', contextLength: 512 }]);
    await driver.unload('tiny', never);
    expect(await load('tiny')).toMatchObject({ contextLength: 256 });
    const reply = await http.get('/models', { signal: never, timeoutMs: 5_000 });
    expect(JSON.stringify(reply.body)).toContain(moved);
    await driver.unload('tiny', never);
  });

  test('takes a new list of models while it runs, and leaves out what a preset cannot express', async () => {
    const models = [
      { id: 'other', path: modelFile('tiny-random'), context: null },
      { id: 'odd', path: '/models/a;b.gguf', context: null },
    ];
    await own.setModels(models, never);
    expect(own.skipped).toMatchObject([{ id: 'odd' }]);
    expect((await errorOf(load('odd'))).message).toContain('its path has');
    const reply = await http.get('/models', { signal: never, timeoutMs: 5_000 });
    expect((reply.body as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(['other']);
  });

  test('is reported when it ends by itself, and the next load starts it again', async () => {
    process.kill(own.pid ?? 0, 'SIGKILL');
    await until(() => exits.length > 0);
    expect(exits).toMatchObject([{ modelId: null, error: { kind: 'out_of_memory', exitCode: 137 } }]);
    expect(driver.state).toBe('stopped');
    expect(await driver.residency(never)).toEqual([]);
    await load('other');
    expect(driver.state).toBe('running');
  });
});
