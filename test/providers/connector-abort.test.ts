import { expect, test } from 'vitest';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { startBlackHole } from '../support/fake-network.ts';
import { hang, head, json, sse } from '../support/fake-replies.ts';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import { connectorFor, fake, pause, send, start } from './connector-harness.ts';

/** Rejects when the upstream still has an open connection after a second. */
async function closedWithinASecond(upstream: FakeUpstream, index = 0): Promise<void> {
  const late = new Promise((_, reject) => setTimeout(reject, 1_000, new Error('still open')).unref());
  await Promise.race([upstream.requests[index]!.closed, late]);
}

test('an abort while the upstream is silent closes its socket', async () => {
  const upstream = await fake([hang()]);
  const { call, recorder } = start(connectorFor(upstream.url));
  await upstream.request(0);
  call.abort();
  expect(recorder.events).toEqual(['sent', 'error']);
  await closedWithinASecond(upstream);
  expect(recorder.events).toEqual(['sent', 'error']);
});

test('an abort in mid-stream closes its socket, and no callback follows', async () => {
  const upstream = await fake(sse(Array<string>(100).fill('{}'), { delayMs: 10 }));
  const { call, recorder } = start(connectorFor(upstream.url));
  await expect.poll(() => recorder.bytes).toBeGreaterThan(0);
  call.abort();
  call.abort();
  const after = recorder.bytes;
  await closedWithinASecond(upstream);
  expect(recorder.events).toEqual(['sent', 'headers', 'data', 'error']);
  expect(recorder.bytes).toBe(after);
});

test('an abort while paused closes the socket', async () => {
  const upstream = await fake([head(200, { 'content-length': '9' }), { send: Buffer.from('half') }, hang()]);
  const { call, recorder } = start(connectorFor(upstream.url));
  await upstream.request(0);
  await pause();
  call.pause();
  call.abort();
  await closedWithinASecond(upstream);
  expect(recorder.events.at(-1)).toBe('error');
});

test('an abort before the connection is open is reported at once and nothing is sent', async () => {
  const upstream = await fake(json(200, {}));
  const { call, recorder } = start(connectorFor(upstream.url));
  call.abort();
  expect(recorder.events).toEqual(['error']);
  await pause(60);
  expect(recorder.events).toEqual(['error']);
  expect(upstream.requests).toHaveLength(0);
  expect(upstream.openConnections).toBe(0);
});

test('an abort during the dial ends that call, not the next one', async () => {
  const hole = await startBlackHole();
  const connector = connectorFor(hole.url, { connectMs: 60_000 });
  const { call, recorder } = start(connector);
  await pause();
  call.abort();
  expect(recorder.events).toEqual(['error']);
  // Would wait for a minute if the dial went on.
  await connector.close();
  await hole.close();
});

test('an abort in the TLS handshake closes the socket', async () => {
  let opened = false;
  let closed = false;
  const silent = createServer((socket) => {
    opened = true;
    socket.resume().on('error', () => undefined);
    socket.once('close', () => (closed = true));
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()));
  const { port } = silent.address() as AddressInfo;
  const { call, recorder } = start(connectorFor(`https://127.0.0.1:${port}`));
  await expect.poll(() => opened).toBe(true);
  call.abort();
  expect(recorder.events).toEqual(['error']);
  await expect.poll(() => closed).toBe(true);
  await new Promise((resolve) => silent.close(resolve));
});

test('a call that is aborted while it waits for its socket does not affect a concurrent call', async () => {
  const upstream = await fake(json(200, { ok: true }));
  const connector = connectorFor(upstream.url);
  const first = start(connector);
  const second = start(connector);
  first.call.abort();
  await second.recorder.over;
  expect(second.recorder).toMatchObject({ status: 200, body: '{"ok":true}' });
  await pause(5);
  expect((await send(connector)).status).toBe(200);
  expect(upstream.requests).toHaveLength(2);
});

test('a call that is aborted before its pooled socket is written to leaves the socket for the next call', async () => {
  const upstream = await fake(json(200, {}));
  const connector = connectorFor(upstream.url);
  await send(connector);
  await pause(5);
  const { call, recorder } = start(connector);
  call.abort();
  await pause();
  expect(recorder.events).toEqual(['error']);
  expect(upstream.requests).toHaveLength(1);
  await send(connector);
  expect(upstream.connections).toBe(1);
});

test('an abort inside the first callback is reported once', async () => {
  const upstream = await fake(json(200, {}));
  const connector = connectorFor(upstream.url);
  const { call, recorder } = start(connector);
  recorder.onHeaders = () => {
    recorder.events.push('headers');
    call.abort();
  };
  await recorder.over;
  await pause();
  expect(recorder.events).toEqual(['sent', 'headers', 'error']);
});

test('200 aborts at every moment leave no socket open', async () => {
  const upstream = await fake(sse(['{}', '{}', '{}'], { delayMs: 3 }));
  const connector = connectorFor(upstream.url);
  const calls = Array.from({ length: 200 }, () => start(connector));
  for (const [index, { call }] of calls.entries()) setTimeout(() => call.abort(), index % 20);
  await Promise.all(calls.map(({ recorder }) => recorder.over));
  await connector.close();
  await expect.poll(() => upstream.openConnections).toBe(0);
  const ends = calls.map(
    ({ recorder }) => recorder.events.filter((event) => event === 'end' || event === 'error').length,
  );
  expect(new Set(ends)).toEqual(new Set([1]));
});
