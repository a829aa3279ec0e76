import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../../src/engines/driver.ts';
import { OllamaDriver } from '../../../src/engines/drivers/ollama/ollama-driver.ts';
import { never, turns, virtualTime } from '../../support/engines/drivers.ts';
import { FakeOllama } from '../../support/engines/fake-ollama.ts';
import { reply } from '../../support/engines/fake-router.ts';

const ignore = (): void => undefined;
const wanted = (
  modelId: string,
  contextLength: number | null = null,
): { modelId: string; contextLength: number | null } => ({
  modelId,
  contextLength,
});
const errorOf = (work: Promise<unknown>): Promise<EngineError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineError,
  );

function setUp(
  time = virtualTime(),
  isOnThisMachine = false,
): { ollama: FakeOllama; driver: OllamaDriver; time: typeof time } {
  const ollama = new FakeOllama()
    .add('a:latest', 'aa')
    .add('twin:v1', 'aa')
    .add('b:q4', 'bb')
    .add('vectors:latest', 'cc', true);
  const options = { http: ollama, time, limits: { stallMs: 60_000, stopMs: 10_000 }, isOnThisMachine };
  return { ollama, driver: new OllamaDriver(options), time };
}

const statesOf = async (driver: OllamaDriver): Promise<Record<string, string>> =>
  Object.fromEntries((await driver.residency(never)).map(({ modelId, state }) => [modelId, state]));

describe('a load in Ollama', () => {
  test('is a request without a prompt that keeps the model until it is unloaded', async () => {
    const { ollama, driver } = setUp();
    expect(await driver.load(wanted('a'), ignore, never)).toEqual({
      contextLength: 2048,
      footprintBytes: 143_762_688,
    });
    expect(ollama.bodies[0]).toEqual({ model: 'a' });
  });

  test('names the window only where one is configured, since another one reloads the model', async () => {
    const { ollama, driver } = setUp();
    expect(await driver.load(wanted('b:q4', 8192), ignore, never)).toMatchObject({ contextLength: 8192 });
    expect(ollama.bodies[0]).toMatchObject({ options: { num_ctx: 8192 } });
  });

  test('of an embeddings model asks for no vectors', async () => {
    const { ollama, driver } = setUp();
    await driver.load(wanted('vectors'), ignore, never);
    expect(ollama.bodies).toContainEqual({ model: 'vectors', input: [] });
    expect(await statesOf(driver)).toEqual({ 'vectors:latest': 'loaded' });
  });

  test('loads every name of the same weights, and reports what the runner has', async () => {
    const { ollama, driver } = setUp();
    ollama.load('a:latest', 1024);
    expect(await driver.load(wanted('twin:v1'), ignore, never)).toMatchObject({ contextLength: 1024 });
    expect(await statesOf(driver)).toEqual({ 'a:latest': 'loaded', 'twin:v1': 'loaded' });
  });

  test.each([
    [404, "model 'a' not found", 'not_found', null],
    [500, 'model requires more system memory (48.0 GiB) than is available (12.1 GiB)', 'out_of_memory', null],
    [500, 'llama runner process has terminated: signal: killed', 'out_of_memory', 137],
    [500, 'llama runner process has terminated: cudaMalloc failed: out of memory', 'out_of_memory', null],
    [500, 'timed out waiting for llama runner to start - progress 0.00', 'stalled', null],
    [503, 'server busy, please try again. maximum pending requests exceeded', 'failed', null],
    [500, 'unable to load model: /root/.ollama/models/blobs/sha256-abc', 'failed', null],
  ])('that is answered with %i %s is %s', async (status, message, kind, exitCode) => {
    const { ollama, driver } = setUp();
    ollama.onLoad = () => reply(status, { error: message });
    const error = await errorOf(driver.load(wanted('a'), ignore, never));
    expect(error).toMatchObject({ kind, exitCode });
    expect(error.message).toContain('Model a ');
    expect(error.message).not.toContain('/root');
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'a:latest', state: 'failed' }]);
  });

  test('reports signs of life without a fraction, and stalls after five stall times without an end', async () => {
    const { ollama, driver, time } = setUp();
    ollama.onLoad = () => new Promise(ignore);
    const seen: (number | null)[] = [];
    const error = await errorOf(driver.load(wanted('a'), (fraction) => seen.push(fraction), never));
    expect(error).toMatchObject({ kind: 'stalled' });
    expect(Math.round(time.now() / 10_000)).toBe(30);
    expect(new Set(seen)).toEqual(new Set([null]));
    expect(ollama.bodies.at(-1)).toEqual({ model: 'a:latest', keep_alive: 0 });
  });

  test('that is aborted, or whose model is unloaded, ends with its connection', async () => {
    const { ollama, driver } = setUp();
    ollama.onLoad = () => new Promise(ignore);
    const abort = new AbortController();
    const first = errorOf(driver.load(wanted('a'), ignore, abort.signal));
    await turns(2);
    expect(await statesOf(driver)).toEqual({ 'a:latest': 'loading' });
    abort.abort();
    expect(await first).toMatchObject({ kind: 'aborted' });
    const second = errorOf(driver.load(wanted('a'), ignore, never));
    await turns(2);
    await driver.unload('a:latest', never);
    expect(await second).toMatchObject({ kind: 'aborted', message: 'Model a was unloaded while it loaded' });
    expect(await statesOf(driver)).toEqual({});
  });
});

test('the memory of weights with two names counts once', async () => {
  const { ollama, driver } = setUp();
  ollama.load('a:latest');
  const models = await driver.residency(never);
  expect(models.map(({ modelId, footprintBytes }) => [modelId, footprintBytes])).toEqual([
    ['a:latest', 143_762_688],
    ['twin:v1', 0],
  ]);
});

describe('an unload in Ollama', () => {
  test('is over when the list no longer has the model, not when it is answered', async () => {
    const { ollama, driver } = setUp();
    ollama.load('a:latest');
    ollama.lingers = 5;
    const unload = driver.unload('a', never);
    await turns(2);
    expect(await statesOf(driver)).toMatchObject({ 'a:latest': 'unloading' });
    await unload;
    expect(ollama.calls.filter((call) => call === 'GET /api/ps').length).toBeGreaterThan(4);
    expect(await statesOf(driver)).toEqual({});
  });

  test('waits for a runner that is listed under another name', async () => {
    const { ollama, driver } = setUp();
    ollama.load('a:latest');
    ollama.lingers = 3;
    await driver.unload('twin:v1', never);
    expect(await statesOf(driver)).toEqual({});
  });

  test('is an error when the model stays', async () => {
    const { ollama, driver } = setUp();
    ollama.load('a:latest');
    ollama.lingers = 100_000;
    expect(await errorOf(driver.unload('a', never))).toMatchObject({ kind: 'stalled' });
  });

  test.each(['a', 'nope'])('of a model that is not loaded, or unknown, does nothing: %s', async (modelId) => {
    await expect(setUp().driver.unload(modelId, never)).resolves.toBeUndefined();
  });
});

test('an Ollama on this machine that refuses connections holds nothing, and has nothing to unload', async () => {
  const { ollama, driver } = setUp(virtualTime(), true);
  ollama.load('a:latest');
  await driver.residency(never);
  ollama.listens = false;
  expect(await driver.residency(never)).toEqual([]);
  expect(driver.state).toBe('unreachable');
  await expect(driver.unload('a', never)).resolves.toBeUndefined();
});

test('an Ollama of another machine that refuses connections may still hold its models', async () => {
  const { ollama, driver } = setUp();
  ollama.load('a:latest');
  await driver.residency(never);
  ollama.listens = false;
  expect(await errorOf(driver.unload('a', never))).toMatchObject({ kind: 'unreachable' });
});

test('an Ollama that does not answer is unreachable', async () => {
  const { ollama, driver } = setUp();
  ollama.listens = false;
  expect(await errorOf(driver.residency(never))).toMatchObject({ kind: 'unreachable' });
  expect(await errorOf(driver.load(wanted('a'), ignore, never))).toMatchObject({ kind: 'unreachable' });
  expect(driver.state).toBe('unreachable');
});

test('a look at what is loaded never loads anything, and asks for weights only once', async () => {
  const { ollama, driver } = setUp();
  ollama.load('a:latest');
  await driver.residency(never);
  const shows = ollama.calls.filter((call) => call.includes('/api/show')).length;
  await driver.residency(never);
  expect(ollama.calls.filter((call) => call.includes('/api/show'))).toHaveLength(shows);
  expect(ollama.calls.filter((call) => /generate|embed/.test(call))).toEqual([]);
});
