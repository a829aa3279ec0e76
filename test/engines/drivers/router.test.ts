import { describe, expect, test } from 'vitest';
import type { EngineError } from '../../../src/engines/driver.ts';
import { EngineCallError } from '../../../src/engines/drivers/engine-http.ts';
import { RouterDriver } from '../../../src/engines/drivers/router/router-driver.ts';
import type { EngineState } from '../../../src/protocol/engine.ts';
import { never, virtualTime } from '../../support/engines/drivers.ts';
import { FakeRouter, reply } from '../../support/engines/fake-router.ts';

function driverOf(router: FakeRouter, time = virtualTime()): RouterDriver {
  return new RouterDriver({
    providerId: 'llamacpp',
    http: router,
    time,
    limits: { stallMs: 60_000, stopMs: 10_000 },
  });
}

const wanted = (modelId: string): { modelId: string; contextLength: null } => ({
  modelId,
  contextLength: null,
});
const ignore = (): void => undefined;
const errorOf = (work: Promise<unknown>): Promise<EngineError> =>
  work.then(
    () => Promise.reject(new Error('nothing failed')),
    (error: unknown) => error as EngineError,
  );

describe('a load on a router', () => {
  test('resolves with the window once the list says loaded', async () => {
    const router = new FakeRouter('a', 'b');
    router.onLoad = () => [{ value: 'loading' }, { value: 'loading' }, { value: 'loaded', window: 2048 }];
    const driver = driverOf(router);
    const loaded = await driver.load(wanted('a'), ignore, never);
    expect(loaded).toEqual({ contextLength: 2048, footprintBytes: null });
    expect(driver.state).toBe('running');
    expect(router.calls).not.toContainEqual(expect.stringMatching(/slots|metrics/));
  });

  test('reports progress of all stages from either event, never falling, and closes the stream', async () => {
    const router = new FakeRouter('a');
    const states = Array.from({ length: 6 }, () => ({ value: 'loading' }));
    router.onLoad = () => [...states, { value: 'loaded' }];
    const progress = (current: string, value: number): object => ({
      status: 'loading',
      progress: { stages: ['text_model', 'mmproj'], current, value },
    });
    const seen: number[] = [];
    const load = driverOf(router).load(
      wanted('a'),
      (fraction) => fraction !== null && seen.push(fraction),
      never,
    );
    await new Promise((resolve) => setImmediate(resolve));
    router.emit('model_status', 'a', { status: 'loading' });
    router.emit('status_change', 'a', progress('text_model', 0.5));
    router.emit('status_change', 'other', progress('text_model', 0.9));
    router.emit('model_status', 'a', progress('text_model', 0.25));
    router.emit('status_change', 'a', progress('mmproj', 0.5));
    await load;
    expect(seen).toEqual([0.25, 0.75]);
    expect(router.streams).toBe(0);
  });

  test('takes part in a load that somebody else has begun', async () => {
    const router = new FakeRouter('a');
    router.models.set('a', { value: 'loading' });
    const load = driverOf(router).load(wanted('a'), ignore, never);
    setImmediate(() => router.models.set('a', { value: 'loaded' }));
    await expect(load).resolves.toBeDefined();
  });

  test('fails with the exit code when the file cannot be loaded, and names the model', async () => {
    const router = new FakeRouter('a');
    router.onLoad = () => [{ value: 'loading' }, { value: 'unloaded', failed: true, exit_code: 1 }];
    const driver = driverOf(router);
    const error = await errorOf(driver.load(wanted('a'), ignore, never));
    expect(error).toMatchObject({ kind: 'failed', exitCode: 1 });
    expect(error.message).toContain('Model a could not be loaded');
    expect(await driver.residency(never)).toMatchObject([
      { modelId: 'a', state: 'failed', error: error.message },
    ]);
  });

  test('is out of memory when the process was killed', async () => {
    const router = new FakeRouter('a');
    router.onLoad = () => [{ value: 'loading' }, { value: 'unloaded', failed: true, exit_code: 137 }];
    expect(await errorOf(driverOf(router).load(wanted('a'), ignore, never))).toMatchObject({
      kind: 'out_of_memory',
      exitCode: 137,
    });
  });

  test('of an unknown model is not found', async () => {
    const error = await errorOf(driverOf(new FakeRouter('a')).load(wanted('b'), ignore, never));
    expect(error).toMatchObject({ kind: 'not_found', message: expect.stringContaining('Model b') });
  });

  test('stalls 60 s after its last progress, not after 60 s, and leaves nothing loading', async () => {
    const router = new FakeRouter('a');
    const time = virtualTime();
    router.onLoad = () => [{ value: 'loading' }];
    let polls = 0;
    router.answer = null;
    const driver = driverOf(router, time);
    const load = driver.load(
      wanted('a'),
      () => {
        polls += 1;
        // Progress every 50 s for 200 s, then none.
        if (polls % 500 === 0 && time.now() <= 200_000) {
          const progress = { stages: ['text_model'], current: 'text_model', value: polls / 10_000 };
          router.emit('status_change', 'a', { status: 'loading', progress });
        }
      },
      never,
    );
    const error = await errorOf(load);
    expect(error).toMatchObject({
      kind: 'stalled',
      message: expect.stringContaining('no progress for 60 s'),
    });
    expect(time.now()).toBeGreaterThan(255_000);
    expect(time.now()).toBeLessThan(270_000);
    expect(router.models.get('a')).toMatchObject({ value: 'unloaded' });
  });

  test('may take five times as long where the router never reports progress', async () => {
    const router = new FakeRouter('a');
    const time = virtualTime();
    router.onLoad = () => [{ value: 'loading' }];
    expect(await errorOf(driverOf(router, time).load(wanted('a'), ignore, never))).toMatchObject({
      kind: 'stalled',
    });
    expect(Math.round(time.now() / 10_000)).toBe(30);
  });

  test('that is aborted is unloaded on the router', async () => {
    const router = new FakeRouter('a');
    router.onLoad = () => [{ value: 'loading' }];
    const abort = new AbortController();
    const load = driverOf(router).load(wanted('a'), ignore, abort.signal);
    setImmediate(() => {
      abort.abort();
    });
    expect(await errorOf(load)).toMatchObject({ kind: 'aborted' });
    expect(router.calls).toContain('POST /models/unload a');
    expect(router.models.get('a')?.value).toBe('unloaded');
  });

  test('is aborted, not failed, when the model is unloaded meanwhile', async () => {
    const router = new FakeRouter('a');
    router.onLoad = () => [{ value: 'loading' }];
    router.onUnload = () => [{ value: 'unloaded', failed: true, exit_code: 1 }];
    const driver = driverOf(router);
    const load = errorOf(driver.load(wanted('a'), ignore, never));
    await new Promise((resolve) => setImmediate(resolve));
    await driver.unload('a', never);
    expect(await load).toMatchObject({ kind: 'aborted', message: 'Model a was unloaded while it loaded' });
  });

  test('fails as unreachable when the router stops answering, after some tries', async () => {
    const router = new FakeRouter('a');
    router.onLoad = () => [{ value: 'loading' }];
    const driver = driverOf(router);
    const load = errorOf(driver.load(wanted('a'), ignore, never));
    let calls = 0;
    router.answer = () => {
      calls += 1;
      throw new EngineCallError('the server cannot be reached: ECONNREFUSED', true);
    };
    expect(await load).toMatchObject({ kind: 'unreachable' });
    expect(calls).toBeGreaterThan(10);
    expect(driver.state).toBe('unreachable');
  });
});

describe('an unload on a router', () => {
  test('waits until the list no longer says loaded; the failed of b11434 afterwards means nothing', async () => {
    const router = new FakeRouter('a');
    router.models.set('a', { value: 'loaded' });
    router.onUnload = () => [
      { value: 'loaded' },
      { value: 'loaded' },
      { value: 'unloaded', failed: true, exit_code: 1 },
    ];
    const driver = driverOf(router);
    await driver.unload('a', never);
    expect(router.models.get('a')).toMatchObject({ value: 'unloaded', failed: true });
    expect(await driver.residency(never)).toEqual([]);
  });

  test('shows the model as unloading meanwhile', async () => {
    const router = new FakeRouter('a');
    router.models.set('a', { value: 'loaded' });
    router.onUnload = () => Array.from({ length: 9 }, () => ({ value: 'loaded' }));
    const driver = driverOf(router);
    const unload = driver.unload('a', never);
    expect(await driver.residency(never)).toMatchObject([{ modelId: 'a', state: 'unloading' }]);
    router.models.set('a', { value: 'unloaded' });
    await unload;
  });

  test.each(['a', 'b'])('of a model that is not running, or unknown, does nothing: %s', async (modelId) => {
    await expect(driverOf(new FakeRouter('a')).unload(modelId, never)).resolves.toBeUndefined();
  });

  test('that the router does not carry out ends with an error', async () => {
    const router = new FakeRouter('a');
    router.models.set('a', { value: 'loaded' });
    router.onUnload = () => [{ value: 'loaded' }];
    expect(await errorOf(driverOf(router).unload('a', never))).toMatchObject({ kind: 'stalled' });
  });
});

describe('the residency of a router', () => {
  test('has the five states as the pool knows them, and nothing of paths and command lines', async () => {
    const router = new FakeRouter('off', 'on', 'asleep', 'coming', 'fetched', 'crashed');
    router.models.set('on', { value: 'loaded', window: 512 });
    router.models.set('asleep', { value: 'sleeping' });
    router.models.set('coming', {
      value: 'loading',
      progress: { stages: ['text_model'], current: 'text_model', value: 0.4 },
    });
    router.models.set('fetched', { value: 'downloading' });
    router.models.set('crashed', { value: 'unloaded', failed: true, exit_code: 1 });
    const residency = await driverOf(router).residency(never);
    expect(
      residency.map(({ modelId, state, progress, contextLength }) => [
        modelId,
        state,
        progress,
        contextLength,
      ]),
    ).toEqual([
      ['on', 'loaded', null, 512],
      ['asleep', 'loaded', null, null],
      ['coming', 'loading', 0.4, null],
      ['crashed', 'failed', null, null],
    ]);
    expect(JSON.stringify(residency)).not.toMatch(/private|home|secret|gguf/);
  });

  test.each([
    ['a web page', { status: 200, body: null, text: '<html>' }, 'unreachable'],
    ['the list of a server with one model', reply(200, { data: [{ id: 'a' }] }), 'unreachable'],
    ['a server that is loading', reply(503, { error: { message: 'Loading model', code: 503 } }), 'starting'],
    ['a missing key', reply(401, { error: { message: 'Invalid API Key', code: 401 } }), 'unreachable'],
    ['a plain text under a JSON type', { status: 500, body: null, text: 'proxy error: …' }, 'unreachable'],
  ])('rejects for %s', async (_name, answer, state) => {
    const router = new FakeRouter('a');
    router.answer = () => answer;
    const driver = driverOf(router);
    expect(await errorOf(driver.residency(never))).toMatchObject({ kind: 'unreachable' });
    expect(driver.state).toBe(state);
  });

  test('an answer in words is quoted without paths', async () => {
    const router = new FakeRouter('a');
    router.answer = () => ({ status: 500, body: null, text: 'cannot read /home/me/models/a.gguf' });
    expect((await errorOf(driverOf(router).residency(never))).message).toContain('(cannot read a.gguf)');
  });
});

test('closing a driver settles the load that is running', async () => {
  const router = new FakeRouter('a');
  router.onLoad = () => [{ value: 'loading' }];
  const driver = driverOf(router);
  const load = errorOf(driver.load(wanted('a'), ignore, never));
  await driver.close();
  expect(await load).toMatchObject({ kind: 'aborted' });
});

test('the number of slots is asked of the loaded model, without loading it', async () => {
  const router = new FakeRouter('org/a:Q4');
  expect(await driverOf(router).slots('org/a:Q4', never)).toBe(2);
  expect(router.calls).toEqual(['GET /props?model=org%2Fa%3AQ4&autoload=false']);
});

test.each([true, false])(
  'a router that refuses connections holds nothing if it is on this machine: %s',
  async (isOnThisMachine) => {
    const refuse = (): Promise<never> =>
      Promise.reject(new EngineCallError('the server cannot be reached: ECONNREFUSED', true));
    const http = { get: refuse, post: refuse, lines: () => Promise.resolve() };
    const options = {
      providerId: 'r',
      http,
      time: virtualTime(),
      limits: { stallMs: 60_000, stopMs: 10_000 },
    };
    const driver = new RouterDriver({ ...options, isOnThisMachine });
    const ends = await Promise.allSettled([driver.residency(never), driver.unload('a', never)]);
    const status = isOnThisMachine ? 'fulfilled' : 'rejected';
    expect(ends.map((end) => end.status)).toEqual([status, status]);
    expect(driver.state).toBe('unreachable');
  },
);

test('a router has an address of its own only where Laneway runs it, and while it does', () => {
  expect(driverOf(new FakeRouter('a')).serverAddresses).toBeNull();
  const own = {
    state: 'running' as EngineState,
    url: 'http://127.0.0.1:8080',
    prepare: () => Promise.resolve(),
    outputOf: () => null,
    reasonAgainst: () => null,
    forget: () => undefined,
    close: () => Promise.resolve(),
  };
  const times = { time: virtualTime(), limits: { stallMs: 60_000, stopMs: 10_000 } };
  const driver = new RouterDriver({ providerId: 'llamacpp', http: new FakeRouter('a'), ...times, own });
  expect(driver.serverAddresses).toEqual(['http://127.0.0.1:8080']);
  own.state = 'stopped';
  expect(driver.serverAddresses).toEqual([]);
});
