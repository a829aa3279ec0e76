import { expect, test } from 'vitest';
import { end, head, json, reset, send as bytes, wait } from '../support/fake-replies.ts';
import type { Reply, Script } from '../support/fake-upstream.ts';
import type { Clock } from '../../src/util/clock.ts';
import { connectorFor, fake, pause, send, start } from './connector-harness.ts';

/** Answers the first request of the first connection; `onReuse` is the reply to the second one. */
const deadOnReuse =
  (onReuse: Reply, after: Reply = json(200, { ok: true })): Script =>
  ({ index }) =>
    index === 0 ? json(200, {}) : index === 1 ? onReuse : after;

test.each([
  ['reset', [reset()]],
  ['ended', [end()]],
])('a pooled socket that is %s before the first byte of the reply is replaced once', async (_, death) => {
  const upstream = await fake(deadOnReuse(death));
  const connector = connectorFor(upstream.url);
  await send(connector);
  await pause(5);
  const recorder = await send(connector);
  expect(recorder).toMatchObject({ events: ['sent', 'headers', 'data', 'end'], status: 200 });
  expect(upstream.requests.map(({ connection }) => connection)).toEqual([0, 0, 1]);
  expect(upstream.requests[2]!.body).toEqual(upstream.requests[1]!.body);
});

test('the retry is not retried', async () => {
  const upstream = await fake(deadOnReuse([reset()], [reset()]));
  const connector = connectorFor(upstream.url);
  await send(connector);
  await pause(5);
  const recorder = await send(connector);
  expect(recorder.events).toEqual(['sent', 'error']);
  expect(upstream.requests).toHaveLength(3);
});

test('the retry gets a fresh socket even if other pooled ones are idle', async () => {
  const upstream = await fake(({ index, connection }) => {
    if (index < 3) return [wait(20), ...json(200, {})];
    return connection < 3 ? [reset()] : json(200, {});
  });
  const connector = connectorFor(upstream.url);
  await Promise.all([send(connector), send(connector), send(connector)]);
  await pause(5);
  const recorder = await send(connector);
  expect(recorder.status).toBe(200);
  expect(upstream.requests.at(-1)!.connection).toBe(3);
  expect(upstream.requests).toHaveLength(5);
});

test('a fresh socket that closes is not replaced', async () => {
  const upstream = await fake([reset()]);
  const recorder = await send(connectorFor(upstream.url));
  expect(recorder.events).toEqual(['sent', 'error']);
  expect(upstream.requests).toHaveLength(1);
});

test.each([
  ['a piece of the status line', [bytes('HTTP/1.1 2'), wait(10), reset()]],
  ['the headers', [head(200, { 'content-length': '9' }), wait(10), reset()]],
  ['garbage', [bytes('SSH-2.0-what\r\n')]],
])('after %s there is no retry', async (_, death) => {
  const upstream = await fake(deadOnReuse(death));
  const connector = connectorFor(upstream.url);
  await send(connector);
  await pause(5);
  expect((await send(connector)).events.at(-1)).toBe('error');
  expect(upstream.requests).toHaveLength(2);
});

test('a pooled socket that lives for seconds after the request is not stale: the request is not sent twice', async () => {
  let now = 0;
  const clock: Clock = { now: () => now, wall: () => 0 };
  const upstream = await fake(deadOnReuse([wait(30), reset()]));
  const connector = connectorFor(upstream.url, { clock });
  await send(connector);
  await pause(5);
  const { recorder } = start(connector);
  await upstream.request(1);
  now = 2_000;
  await recorder.over;
  expect(recorder.events).toEqual(['sent', 'error']);
  expect(upstream.requests).toHaveLength(2);
});

test('an abort of a call on a pooled socket does not count as a stale socket', async () => {
  const upstream = await fake(deadOnReuse([wait(1_000)]));
  const connector = connectorFor(upstream.url);
  await send(connector);
  await pause(5);
  const { call, recorder } = start(connector);
  await upstream.request(1);
  call.abort();
  await pause();
  expect(recorder.events).toEqual(['sent', 'error']);
  expect(upstream.requests).toHaveLength(2);
});

test('if the retry cannot connect, the error is reported once', async () => {
  const upstream = await fake(deadOnReuse([reset()]), {
    onConnection: (socket) => {
      if (upstream.connections > 0) socket.destroy();
    },
  });
  const connector = connectorFor(upstream.url);
  await send(connector);
  await pause(5);
  const recorder = await send(connector);
  expect(recorder.events).toEqual(['sent', 'error']);
});

test('a server that closes its idle sockets costs no request', async () => {
  const upstream = await fake(({ index }) => (index % 2 === 0 ? json(200, {}) : [...json(200, {}), end()]));
  const connector = connectorFor(upstream.url);
  for (let count = 0; count < 200; count += 1) {
    expect((await send(connector)).events.at(-1)).toBe('end');
  }
  expect(upstream.requests.length).toBeGreaterThanOrEqual(200);
});
