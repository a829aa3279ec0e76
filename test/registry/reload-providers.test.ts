import { afterEach, expect, test } from 'vitest';

import { writeConfig } from '../support/config-files.ts';
import { chunk, head, json, lastChunk, until } from '../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream, type Reply, type Script } from '../support/fake-upstream.ts';
import {
  chunks,
  completion,
  laneOver,
  startGateway,
  type GatewayOptions,
  type TestGateway,
} from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';

const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});

async function start(options: GatewayOptions): Promise<TestGateway> {
  const laneway = await startGateway(options);
  running.push(laneway);
  return laneway;
}

async function upstream(script: Script): Promise<FakeUpstream> {
  const server = await startFakeUpstream(script);
  running.push({ stop: () => server.close() });
  return server;
}

const answers = (text: string): Promise<FakeUpstream> =>
  upstream(chatScript(() => json(200, completion(text))));

const reload = async (laneway: TestGateway, config: unknown): Promise<readonly string[]> => {
  writeConfig(laneway.folder, { 'models.json': config });
  return (await laneway.app.reloader.reload('local')).changed;
};

/** A stream that sends `one`, and the rest when the test allows it. */
function heldStream(gate: Promise<unknown>): Reply {
  const [role = '', first = '', ...rest] = chunks('one', 'two', 'three');
  const event = (data: string): Reply[number] => chunk(`data: ${data}\n\n`);
  return [
    head(200, { 'content-type': 'text/event-stream', 'transfer-encoding': 'chunked' }),
    event(role),
    event(first),
    until(gate),
    ...rest.map(event),
    event('[DONE]'),
    lastChunk(),
  ];
}

test('a stream in progress completes when a reload removes its provider', async () => {
  let finish = (): void => undefined;
  const gate = new Promise<void>((resolve) => (finish = resolve));
  const old = await upstream(chatScript(() => heldStream(gate)));
  const fresh = await answers('from the new one');
  const laneway = await start({ config: laneOver([old.url]) });
  const stream = await laneway.chat({ model: 'evaluate', stream: true });
  const generation = stream.headers.get('x-laneway-generation');

  const config = { ...laneOver([fresh.url]), providers: { b: laneOver([fresh.url]).providers['a'] } };
  const changed = await reload(laneway, { ...config, lanes: { main: { preferred: ['b/m'] } } });
  expect(changed).toEqual(['lanes.main', 'providers.a', 'providers.b']);
  expect([...laneway.app.providers.current.keys()]).toEqual(['b']);
  const next = await laneway.chat({ model: 'evaluate' });
  expect(await next.text()).toContain('from the new one');

  finish();
  const text = await stream.text();
  expect(text).toContain('"three"');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  const trace = await laneway.trace(stream);
  expect(trace).toMatchObject({ state: 'settled', target: 'a/m', generation: Number(generation) });
});

test('a request that falls back after a reload uses the providers that it started with', async () => {
  let refuse = (): void => undefined;
  const gate = new Promise<void>((resolve) => (refuse = resolve));
  const first = await upstream(
    chatScript(() => [until(gate), ...json(503, { error: { message: 'overloaded' } })]),
  );
  const second = await answers('from the second');
  const other = await answers('from the other');
  const laneway = await start({ config: laneOver([first.url, second.url]) });
  const asked = laneway.chat({ model: 'evaluate' });
  await expect.poll(() => first.requests.length).toBeGreaterThan(1);
  await reload(laneway, laneOver([other.url]));
  refuse();
  const reply = await asked;
  expect(await reply.text()).toContain('from the second');
  expect(reply.headers.get('x-laneway-target')).toBe('b/m');
  expect(await (await laneway.chat({ model: 'evaluate' })).text()).toContain('from the other');
});

test('a key that appears in the environment makes its provider usable without a restart, and its value is never shown', async () => {
  const key = 'sk-fake-appeared-0123456789';
  const server = await answers('hello');
  const variables: Record<string, string> = {};
  const base = laneOver([server.url]);
  const provider = { ...(base.providers['a'] as object), api_key: 'env:BOX_API_KEY' };
  const laneway = await start({ config: { ...base, providers: { a: provider } }, variables });
  const { generation } = laneway.app.registry.snapshot;
  expect((await laneway.chat({ model: 'evaluate' })).status).toBe(503);
  expect(await laneway.app.reloader.reload('local')).toEqual({ generation, changed: [] });
  variables['BOX_API_KEY'] = key;
  expect(await laneway.app.reloader.reload('local')).toEqual({ generation, changed: ['providers.a'] });
  expect((await laneway.chat({ model: 'evaluate' })).status).toBe(200);
  expect(server.requests.at(-1)?.headers['authorization']).toBe(`Bearer ${key}`);
  expect(JSON.stringify(laneway.log)).not.toContain(key);
  variables['BOX_API_KEY'] = '';
  expect((await laneway.app.reloader.reload('local')).changed).toEqual(['providers.a']);
  const { error } = (await (await laneway.chat({ model: 'evaluate' })).json()) as {
    error: { message: string };
  };
  expect(error.message).toContain('set BOX_API_KEY');
});

test('a changed provider address drops the old failures and the old list', async () => {
  const dead = await upstream(chatScript(() => json(500, { error: { message: 'broken' } })));
  const laneway = await start({ config: laneOver([dead.url]) });
  for (let tries = 0; tries < 5; tries += 1) await laneway.chat({ model: 'a/m' });
  const model = laneway.app.registry.snapshot.models.get('a/m');
  expect(laneway.app.health.at(performance.now()).deferral(model!)?.code).toBe('breaker_open');

  const alive = await upstream((request) =>
    request.method === 'GET'
      ? json(200, { object: 'list', data: [{ id: 'm' }, { id: 'n' }] })
      : json(200, completion('hello')),
  );
  expect(await reload(laneway, laneOver([alive.url]))).toEqual(['providers.a']);
  expect(laneway.app.health.at(performance.now()).deferral(model!)).toBeNull();
  await expect.poll(() => [...laneway.app.registry.snapshot.models.keys()]).toEqual(['a/m', 'a/n']);
  expect((await laneway.chat({ model: 'a/m' })).status).toBe(200);
});

test('a new provider is probed at once; the others keep their connections', async () => {
  const stays = await answers('hello');
  const laneway = await start({ config: laneOver([stays.url]) });
  await laneway.chat({ model: 'evaluate' });
  const before = stays.connections;
  const asked = stays.requests.length;
  const added = await answers('hello');
  expect(await reload(laneway, laneOver([stays.url, added.url]))).toEqual(['lanes.main', 'providers.b']);
  await expect.poll(() => laneway.app.registry.snapshot.models.get('b/m')?.inList).toBe(true);
  await laneway.chat({ model: 'evaluate' });
  expect(stays.requests.length).toBe(asked + 1);
  expect(stays.connections).toBe(before);
});

test('100 reloads leave no timers and no sockets behind', async () => {
  const [one, two] = [await answers('one'), await answers('two')];
  const laneway = await start({ config: laneOver([one.url]) });
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  await laneway.chat({ model: 'evaluate' });
  const before = timers();
  for (let count = 0; count < 100; count += 1) {
    expect(await reload(laneway, laneOver([count % 2 === 0 ? two.url : one.url]))).toEqual(['providers.a']);
  }
  expect((await laneway.chat({ model: 'evaluate' })).status).toBe(200);
  await expect
    .poll(() => one.openConnections + two.openConnections, { timeout: 7_000 })
    .toBeLessThanOrEqual(2);
  expect(timers()).toBeLessThanOrEqual(before + 3);
  expect(laneway.app.registry.snapshot.generation).toBe(101);
}, 20_000);

test('event streams contain a reload and the changes that discovery then finds', async () => {
  const [one, two] = [await answers('one'), await answers('two')];
  const laneway = await start({ config: laneOver([one.url]) });
  const noteActivity: string[] = [];
  const stop = laneway.app.events.subscribe(null, {
    send: (event) => void noteActivity.push(event),
    end: () => undefined,
  });
  await reload(laneway, laneOver([one.url, two.url]));
  await expect.poll(() => noteActivity.length).toBeGreaterThanOrEqual(2);
  stop();
  expect(noteActivity[0]).toMatch(/event: config\ndata: .*"changed":\["lanes.main","providers.b"\]/);
  expect(noteActivity[1]).toMatch(/event: discovery\ndata: .*"provider":"b","added":\["m"\]/);
});
