import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EngineError } from '../../../src/engines/driver.ts';
import type { EngineExit } from '../../../src/engines/drivers/driver-events.ts';
import { CommandDriver, type CommandOptions } from '../../../src/engines/drivers/command-driver.ts';
import type { OwnedHttp } from '../../../src/engines/drivers/engine-http.ts';
import { engineEnvironment } from '../../../src/engines/drivers/processes/environment.ts';
import { freeLoopbackPort } from '../../../src/engines/drivers/processes/free-port.ts';
import { TOKEN_VARIABLE } from '../../../src/engines/drivers/processes/orphans.ts';
import { createProcessTable } from '../../../src/engines/drivers/processes/process-table.ts';
import { systemSpawner } from '../../../src/engines/drivers/processes/system-spawner.ts';
import { systemTime } from '../../../src/engines/drivers/timing.ts';
import { httpAt, never, processesWith, table, until } from '../../support/engines/drivers.ts';

const SERVER = join(import.meta.dirname, '../../support/engines/whole-server.mjs');
const ignore = (): void => undefined;
const errorOf = (work: Promise<unknown>): Promise<EngineError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineError,
  );

/** With real processes: what a server of this kind does with signals, groups and connections cannot be imitated. */
describe.skipIf(!table.isReadable)('a whole server that is started and stopped by commands', () => {
  let folder: string;
  let port: number;
  let http: OwnedHttp;
  /** So that the test finds everything that was started; the driver itself does not use it. */
  let token: string;
  let exits: EngineExit[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'laneway-command-'));
    port = await freeLoopbackPort();
    http = httpAt(`http://127.0.0.1:${port}`);
    token = randomBytes(16).toString('hex');
    exits = [];
  });
  afterEach(async () => {
    for (const pid of await processesWith(token)) process.kill(pid, 'SIGKILL');
    await http.close();
    rmSync(folder, { recursive: true });
  });

  const start = (...words: string[]): string[] => [process.execPath, SERVER, String(port), ...words];
  const create = (options: Partial<CommandOptions>): CommandDriver =>
    new CommandDriver({
      ...{
        providerId: 'vllm',
        start: null,
        stop: null,
        http,
        time: systemTime,
        spawner: systemSpawner,
        table,
      },
      environment: engineEnvironment(process.env, { [TOKEN_VARIABLE]: token }),
      ...{ folder: join(folder, 'vllm'), limits: { stallMs: 4_000, stopMs: 1_000 } },
      onExit: exits.push.bind(exits),
      ...options,
    });
  const load = (driver: CommandDriver, modelId = 'served', signal = never): Promise<unknown> =>
    driver.load({ modelId, contextLength: null }, ignore, signal);

  test('serves when its health call is 200, and has all names that it lists', async () => {
    const driver = create({ start: start() });
    expect(await driver.residency(never)).toEqual([]);
    expect(driver.state).toBe('stopped');
    const loading = load(driver);
    expect(await driver.residency(never)).toMatchObject([
      { modelId: 'served', state: 'loading', progress: null },
    ]);
    expect(await loading).toEqual({ contextLength: 1024, footprintBytes: null });
    expect((await driver.residency(never)).map(({ modelId }) => modelId)).toEqual(['served', 'other-name']);
    expect(driver.state).toBe('running');
    expect(readFileSync(join(folder, 'vllm/server.log'), 'utf8')).toContain('startup complete');
  });

  test('may be started by a command that returns at once', async () => {
    const driver = create({ start: start('daemon', 'slow') });
    expect(await load(driver)).toMatchObject({ contextLength: 1024 });
  });

  test('is not started again while it serves', async () => {
    await load(create({ start: start() }));
    const before = await processesWith(token);
    await load(create({ start: ['/nowhere'] }));
    expect(await processesWith(token)).toEqual(before);
  });

  test('ends with its whole group, although its worker ignores SIGTERM and its connections fall silent', async () => {
    const driver = create({ start: start() });
    await load(driver);
    const silent = http.get('/silent', { signal: never, timeoutMs: 20_000 }).catch((error: unknown) => error);
    await driver.unload('served', never);
    expect(await processesWith(token)).toEqual([]);
    expect(driver.state).toBe('stopped');
    expect(exits).toEqual([]);
    await silent;
  });

  test('that ignores SIGTERM gets SIGKILL after stop_s', async () => {
    const driver = create({ start: start('stubborn') });
    await load(driver);
    await driver.unload('served', never);
    expect(await processesWith(token)).toEqual([]);
  });

  test('outlives its driver, and another run of Laneway ends it', async () => {
    const first = create({ start: start() });
    await load(first);
    await first.close();
    expect(await processesWith(token)).toHaveLength(2);
    const second = create({ start: start() });
    expect(await second.residency(never)).toHaveLength(2);
    await second.unload('served', never);
    expect(await processesWith(token)).toEqual([]);
  });

  test('is stopped by its command, and what that leaves of it is ended', async () => {
    const mark = join(folder, 'stopped');
    const stop = [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`];
    const driver = create({ start: start(), stop });
    await load(driver);
    await driver.unload('served', never);
    expect(statSync(mark).size).toBe(0);
    expect(await processesWith(token)).toEqual([]);
  });

  test('that Laneway has not started is left alone without a stop command', async () => {
    await load(create({ start: start() }));
    const stranger = create({ start: start(), folder: join(folder, 'other') });
    expect(await errorOf(stranger.unload('served', never))).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('engine.stop is not configured'),
    });
    expect(await processesWith(token)).toHaveLength(2);
  });

  test('is never mistaken for a process that has its number', async () => {
    const driver = create({ start: start() });
    await load(driver);
    const record = join(folder, 'vllm/server.json');
    const known = JSON.parse(readFileSync(record, 'utf8')) as { pid: number; start: string };
    writeFileSync(record, JSON.stringify({ ...known, start: `${known.start}1` }));
    expect((await errorOf(create({ start: start() }).unload('served', never))).kind).toBe('failed');
    expect(await processesWith(token)).toHaveLength(2);
  });

  test('that ends while it starts fails with the words of its output', async () => {
    const driver = create({ start: start('fail') });
    const error = await errorOf(load(driver));
    expect(error).toMatchObject({ kind: 'out_of_memory', exitCode: 1 });
    expect(error.message).toContain('No available memory for the cache blocks');
    expect(await driver.residency(never)).toMatchObject([
      { modelId: 'served', state: 'failed', error: error.message },
    ]);
  });

  test('that does not begin to serve stalls, and is ended', async () => {
    const driver = create({ start: start('hang'), limits: { stallMs: 300, stopMs: 1_000 } });
    expect(await errorOf(load(driver))).toMatchObject({ kind: 'stalled' });
    expect(await processesWith(token)).toEqual([]);
  });

  test('is ended when its start is aborted', async () => {
    const abort = new AbortController();
    const driver = create({ start: start('slow') });
    const failed = errorOf(load(driver, 'served', abort.signal));
    await until(async () => (await processesWith(token)).length > 0);
    abort.abort();
    expect(await failed).toMatchObject({ kind: 'aborted' });
    expect(await processesWith(token)).toEqual([]);
  });

  test('is ended when the model is unloaded while it starts', async () => {
    const driver = create({ start: start('slow') });
    const failed = errorOf(load(driver));
    await until(async () => (await processesWith(token)).length > 0);
    await driver.unload('served', never);
    expect(await failed).toMatchObject({
      kind: 'aborted',
      message: 'Model served was unloaded while it loaded',
    });
    expect(await processesWith(token)).toEqual([]);
    expect(await driver.residency(never)).toEqual([]);
  });

  test('that starts in the background gets its stop command when the start is aborted', async () => {
    const mark = join(folder, 'stopped');
    const stop = [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`];
    const driver = create({ start: start('daemon', 'hang'), stop });
    const abort = new AbortController();
    const failed = errorOf(load(driver, 'served', abort.signal));
    await until(async () => (await processesWith(token)).length > 1);
    abort.abort();
    expect(await failed).toMatchObject({ kind: 'aborted' });
    expect(statSync(mark).size).toBe(0);
  });

  test('goes on starting when Laneway ends', async () => {
    const driver = create({ start: start('slow') });
    const failed = errorOf(load(driver));
    await until(async () => (await processesWith(token)).length > 0);
    await driver.close();
    expect(await failed).toMatchObject({ kind: 'aborted' });
    const second = create({ start: ['/nowhere'] });
    expect(await second.residency(never)).toEqual([]);
    expect(second.state).toBe('starting');
    expect(await load(second)).toMatchObject({ contextLength: 1024 });
    await second.unload('served', never);
    expect(await processesWith(token)).toEqual([]);
  });

  test('that an earlier run has begun to start may end before it serves', async () => {
    const driver = create({ start: start('hang') });
    const failed = errorOf(load(driver));
    await until(async () => (await processesWith(token)).length > 1);
    await driver.close();
    await failed;
    const second = errorOf(load(create({ start: ['/nowhere'] })));
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const pid of await processesWith(token)) process.kill(pid, 'SIGKILL');
    expect(await second).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('its server ended (exit code unknown)'),
    });
  });

  test('that does not serve the model is not found for it', async () => {
    const error = await errorOf(load(create({ start: start() }), 'third'));
    expect(error).toMatchObject({
      kind: 'not_found',
      message: expect.stringContaining('served, other-name'),
    });
  });

  test('that is killed while it serves is reported, and what is left of its group is ended', async () => {
    const driver = create({ start: start() });
    await load(driver);
    const { pid } = JSON.parse(readFileSync(join(folder, 'vllm/server.json'), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    await until(() => exits.length > 0);
    expect(exits).toMatchObject([{ modelId: null, error: { kind: 'out_of_memory', exitCode: 137 } }]);
    await until(async () => (await processesWith(token)).length === 0);
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'served', state: 'failed' }]);
  });

  test.each([
    [['/nowhere/vllm'], /vllm cannot be started: there is no such program/],
    [[import.meta.filename], /command.test.ts cannot be started: it is not executable/],
  ])('whose program cannot be started says why: %j', async (command, words) => {
    const error = await errorOf(load(create({ start: command })));
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain('/nowhere');
  });

  test('that fails to stop says what its stop command said', async () => {
    const stop = [process.execPath, '-e', 'console.error("Error: no such container: vllm"); process.exit(1)'];
    const driver = create({ start: start('daemon'), stop });
    await load(driver);
    expect(await errorOf(driver.unload('served', never))).toMatchObject({
      kind: 'failed',
      exitCode: 1,
      message:
        'Model served could not be unloaded by engine.stop: its server ended (exit code 1): Error: no such container: vllm',
    });
    expect(driver.state).toBe('running');
  });

  test('has its output cut off before it fills the disk', async () => {
    const driver = create({ start: start() });
    await load(driver);
    writeFileSync(join(folder, 'vllm/server.log'), 'x'.repeat(5 * 1024 * 1024), { flag: 'a' });
    await driver.residency(never);
    expect(statSync(join(folder, 'vllm/server.log')).size).toBe(0);
  });

  test('on a platform without /proc can still be stopped by its command', async () => {
    const blind = createProcessTable(join(folder, 'no-proc'));
    const stop = [process.execPath, '-e', `process.kill(Number(process.argv[1]), 'SIGKILL')`];
    const driver = create({ start: start(), table: blind });
    await load(driver);
    expect((await errorOf(driver.unload('served', never))).message).toContain(
      'engine.stop is not configured',
    );
    const pid = (await processesWith(token)).at(0) ?? 0;
    await create({ start: start(), stop: [...stop, String(pid)], table: blind }).unload('served', never);
    expect(driver.verbs).toEqual(['load', 'unload']);
  });
});
