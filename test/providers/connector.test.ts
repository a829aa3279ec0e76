import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  chunk,
  head,
  json,
  lastChunk,
  send as bytes,
  sse,
  sliced,
  text,
  wait,
} from '../support/fake-replies.ts';
import { connectorFor, fake, pause, send, start } from './connector-harness.ts';

async function nextTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await nextTurn();
}

/** Waits until a value has not changed for a while. */
async function atRest<T>(look: () => T): Promise<T> {
  for (let state = look(); ;) {
    await pause(100);
    const later = look();
    if (JSON.stringify(later) === JSON.stringify(state)) return state;
    state = later;
  }
}

test('a reply is reported as status, headers as the upstream wrote them, body and end, each once', async () => {
  const upstream = await fake(json(200, { ok: true }, { 'X-RateLimit-Limit': '7' }));
  const recorder = await send(connectorFor(upstream.url));
  expect(recorder.events).toEqual(['sent', 'headers', 'data', 'end']);
  expect(recorder).toMatchObject({ status: 200, body: '{"ok":true}' });
  expect(recorder.headers).toMatchObject({ 'x-ratelimit-limit': '7', 'content-type': 'application/json' });
});

test("a request goes below the base URL's path, with the provider's headers and the request's own", async () => {
  const upstream = await fake(json(200, {}));
  const headers = { authorization: 'Bearer sk-fake-1', 'anthropic-version': '2023-06-01' };
  const connector = connectorFor(`${upstream.url}/openai/v1/`, { headers });
  await send(connector, { headers: { 'x-laneway-hop': '1' } });
  expect(upstream.requests[0]).toMatchObject({
    method: 'POST',
    path: '/openai/v1/chat/completions',
    headers: {
      ...headers,
      'x-laneway-hop': '1',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'content-length': '13',
      host: `127.0.0.1:${upstream.port}`,
    },
  });
  expect(upstream.requests[0]!.body.toString()).toBe('{"model":"m"}');
});

test('a GET carries no body and no content type', async () => {
  const upstream = await fake(json(200, {}));
  await send(connectorFor(upstream.url), { method: 'GET', path: '/models', body: null });
  expect(upstream.requests[0]).toMatchObject({ method: 'GET', path: '/models', body: Buffer.alloc(0) });
  expect(upstream.requests[0]!.headers).not.toHaveProperty('content-type');
});

test("a request's header overrides the provider's default, and no header is sent twice", async () => {
  const upstream = await fake(json(200, {}));
  const connector = connectorFor(upstream.url, { headers: { 'anthropic-version': '2023-06-01' } });
  const headers = { 'anthropic-version': '2026-10-21', 'content-type': 'application/json; charset=utf-8' };
  await send(connector, { headers });
  await send(connector, { headers: {} });
  const [first, second] = upstream.requests;
  expect(first!.headers).toMatchObject(headers);
  expect(second!.headers).toMatchObject({
    'anthropic-version': '2023-06-01',
    'content-type': 'application/json',
  });
  const names = first!.rawHeaders.map(([name]) => name.toLowerCase());
  expect(new Set(names).size).toBe(names.length);
});

test('wire case 203: no request can replace the key, the host or the framing', async () => {
  const upstream = await fake(json(200, {}));
  const connector = connectorFor(upstream.url, { headers: { authorization: 'Bearer sk-fake-1' } });
  const forged = {
    authorization: 'Bearer sk-fake-other',
    'x-api-key': 'sk-fake-other',
    host: 'elsewhere.invalid',
    'content-length': '1',
    'transfer-encoding': 'chunked',
    connection: 'close',
    'accept-encoding': 'gzip',
  };
  await send(connector, { headers: forged });
  const { headers } = upstream.requests[0]!;
  expect(headers.authorization).toBe('Bearer sk-fake-1');
  expect(headers).not.toHaveProperty('x-api-key');
  expect(headers).not.toHaveProperty('transfer-encoding');
  expect(headers).toMatchObject({
    host: `127.0.0.1:${upstream.port}`,
    'accept-encoding': 'identity',
    'content-length': '13',
  });
});

test('a reply that arrives byte by byte is complete', async () => {
  const upstream = await fake(sliced(sse(['{"a":1}', '[DONE]']), 1));
  const recorder = await send(connectorFor(upstream.url));
  expect(recorder.body).toBe('data: {"a":1}\n\ndata: [DONE]\n\n');
  expect(recorder.events.at(-1)).toBe('end');
});

test('an interim 103 does not count as the reply', async () => {
  const upstream = await fake([head(103, { link: '</a>' }), wait(10), ...text(200, 'there')]);
  const recorder = await send(connectorFor(upstream.url));
  expect(recorder).toMatchObject({ status: 200, body: 'there' });
  expect(recorder.events.filter((event) => event === 'headers')).toHaveLength(1);
});

test('sequential calls share a socket, concurrent calls do not wait for each other', async () => {
  const upstream = await fake((request) =>
    request.index < 2 ? json(200, {}) : [wait(30), ...json(200, {})],
  );
  const connector = connectorFor(upstream.url);
  await send(connector);
  // undici returns a socket to the pool one turn after its reply.
  await pause(5);
  await send(connector);
  await pause(5);
  expect(upstream.connections).toBe(1);
  await Promise.all([send(connector), send(connector), send(connector)]);
  expect(new Set(upstream.requests.slice(2).map(({ connection }) => connection)).size).toBe(3);
});

test.each([
  ['sends no hint', {}],
  ['offers ten minutes', { 'keep-alive': 'timeout=600' }],
])('an idle socket is closed after 4 s when its server %s', async (_, headers) => {
  const upstream = await fake(json(200, {}, headers));
  const connector = connectorFor(upstream.url);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  await send(connector);
  await nextTurns(20);
  vi.advanceTimersByTime(3_900);
  await nextTurns(20);
  expect(upstream.openConnections).toBe(1);
  vi.advanceTimersByTime(200);
  await nextTurns(20);
  expect(upstream.openConnections).toBe(0);
});

test('a reply with `connection: close` succeeds and its socket is not used again', async () => {
  const upstream = await fake([...text(200, 'bye', { connection: 'close' }), { close: 'end' }]);
  const connector = connectorFor(upstream.url);
  expect((await send(connector)).body).toBe('bye');
  expect((await send(connector)).body).toBe('bye');
  expect(upstream.connections).toBe(2);
});

test('pause reaches the upstream: it stops sending, and resume brings every byte', async () => {
  const piece = Buffer.alloc(256 * 1024, 'x');
  const count = 160;
  const big = Array.from({ length: count }, () => chunk(piece));
  const upstream = await fake([head(200, { 'transfer-encoding': 'chunked' }), ...big, lastChunk()]);
  const { call, recorder } = start(connectorFor(upstream.url));
  await upstream.request(0);
  call.pause();
  const { sentBytes } = await atRest(() => ({
    sentBytes: upstream.requests[0]!.sentBytes,
    events: recorder.bytes,
  }));
  // The kernel's buffers of both sides, not 40 MiB.
  expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
  call.resume();
  await recorder.over;
  expect(recorder.bytes).toBe(count * piece.length);
});

test('a handle has no effect on the socket after its call has ended', async () => {
  const upstream = await fake((request) =>
    request.index === 0
      ? json(200, {})
      : [head(200, { 'content-length': '400000' }), bytes(Buffer.alloc(400_000))],
  );
  const connector = connectorFor(upstream.url);
  const first = start(connector);
  await first.recorder.over;
  await pause(5);
  const second = start(connector);
  second.call.pause();
  await pause();
  const held = second.recorder.bytes;
  first.call.pause();
  first.call.resume();
  first.call.abort();
  await pause();
  expect(held).toBeLessThan(400_000);
  expect(second.recorder.bytes).toBe(held);
  second.call.resume();
  await second.recorder.over;
  expect(second.recorder.bytes).toBe(400_000);
  expect(first.recorder.events).toEqual(['sent', 'headers', 'data', 'end']);
  expect(upstream.connections).toBe(1);
});

test('an invalid request reports its error once, after the handle was returned', async () => {
  const upstream = await fake(json(200, {}));
  const { recorder } = start(connectorFor(upstream.url), { path: '/with space' });
  expect(recorder.events).toEqual([]);
  await recorder.over;
  expect(recorder.events).toEqual(['error']);
  expect(upstream.connections).toBe(0);
});

test('close lets a running call finish and accepts no other; destroy aborts', async () => {
  const upstream = await fake([head(200, { 'content-length': '4' }), wait(60), bytes('done')]);
  const connector = connectorFor(upstream.url);
  const running = start(connector);
  await upstream.request(0);
  const closing = connector.close();
  expect((await send(connector)).events).toEqual(['error']);
  await closing;
  expect(running.recorder.body).toBe('done');

  const other = connectorFor(upstream.url);
  const cut = start(other);
  await upstream.request(1);
  await other.destroy();
  await cut.recorder.over;
  expect(cut.recorder.events.at(-1)).toBe('error');
  await upstream.requests[1]!.closed;
  await Promise.all([other.destroy(), other.close()]);
});
