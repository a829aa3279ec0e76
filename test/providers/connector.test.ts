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

/** A state that has not changed for a while: what moves is told by a later look. */
async function atRest<T>(look: () => T): Promise<T> {
  for (let state = look(); ;) {
    await pause(100);
    const later = look();
    if (JSON.stringify(later) === JSON.stringify(state)) return state;
    state = later;
  }
}

test('a reply comes up as status, headers as the upstream wrote them, body and end, each once', async () => {
  const upstream = await fake(json(200, { ok: true }, { 'X-RateLimit-Limit': '7' }));
  const heard = await send(connectorFor(upstream.url));
  expect(heard.heard).toEqual(['sent', 'headers', 'data', 'end']);
  expect(heard).toMatchObject({ status: 200, body: '{"ok":true}' });
  expect(heard.headers).toMatchObject({ 'x-ratelimit-limit': '7', 'content-type': 'application/json' });
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

test("a request's header stands in for the provider's default, and no header goes out twice", async () => {
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

test('a reply that comes byte by byte is whole', async () => {
  const upstream = await fake(sliced(sse(['{"a":1}', '[DONE]']), 1));
  const heard = await send(connectorFor(upstream.url));
  expect(heard.body).toBe('data: {"a":1}\n\ndata: [DONE]\n\n');
  expect(heard.heard.at(-1)).toBe('end');
});

test('an interim 103 is not taken for the reply', async () => {
  const upstream = await fake([head(103, { link: '</a>' }), wait(10), ...text(200, 'there')]);
  const heard = await send(connectorFor(upstream.url));
  expect(heard).toMatchObject({ status: 200, body: 'there' });
  expect(heard.heard.filter((word) => word === 'headers')).toHaveLength(1);
});

test('calls one after the other share a socket, calls at once do not wait for each other', async () => {
  const upstream = await fake((request) =>
    request.index < 2 ? json(200, {}) : [wait(30), ...json(200, {})],
  );
  const connector = connectorFor(upstream.url);
  await send(connector);
  // undici gives a socket back one turn after its reply.
  await pause(5);
  await send(connector);
  await pause(5);
  expect(upstream.connections).toBe(1);
  await Promise.all([send(connector), send(connector), send(connector)]);
  expect(new Set(upstream.requests.slice(2).map(({ connection }) => connection)).size).toBe(3);
});

test.each([
  ['says nothing of it', {}],
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

test('a reply that says `connection: close` ends well and its socket is not used again', async () => {
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
  const { call, heard } = start(connectorFor(upstream.url));
  await upstream.request(0);
  call.pause();
  const { sentBytes } = await atRest(() => ({
    sentBytes: upstream.requests[0]!.sentBytes,
    heard: heard.bytes,
  }));
  // What the kernel holds for both sides, not 40 MiB.
  expect(sentBytes).toBeLessThan(16 * 1024 * 1024);
  call.resume();
  await heard.over;
  expect(heard.bytes).toBe(count * piece.length);
});

test('a handle that was kept after the end does nothing to the socket, which serves another call', async () => {
  const upstream = await fake((request) =>
    request.index === 0
      ? json(200, {})
      : [head(200, { 'content-length': '400000' }), bytes(Buffer.alloc(400_000))],
  );
  const connector = connectorFor(upstream.url);
  const first = start(connector);
  await first.heard.over;
  await pause(5);
  const second = start(connector);
  second.call.pause();
  await pause();
  const held = second.heard.bytes;
  first.call.pause();
  first.call.resume();
  first.call.abort();
  await pause();
  expect(held).toBeLessThan(400_000);
  expect(second.heard.bytes).toBe(held);
  second.call.resume();
  await second.heard.over;
  expect(second.heard.bytes).toBe(400_000);
  expect(first.heard.heard).toEqual(['sent', 'headers', 'data', 'end']);
  expect(upstream.connections).toBe(1);
});

test('a request that cannot be made tells its error once, after the handle is there', async () => {
  const upstream = await fake(json(200, {}));
  const { heard } = start(connectorFor(upstream.url), { path: '/with space' });
  expect(heard.heard).toEqual([]);
  await heard.over;
  expect(heard.heard).toEqual(['error']);
  expect(upstream.connections).toBe(0);
});

test('close lets a running call end and takes no other; destroy cuts', async () => {
  const upstream = await fake([head(200, { 'content-length': '4' }), wait(60), bytes('done')]);
  const connector = connectorFor(upstream.url);
  const running = start(connector);
  await upstream.request(0);
  const closing = connector.close();
  expect((await send(connector)).heard).toEqual(['error']);
  await closing;
  expect(running.heard.body).toBe('done');

  const other = connectorFor(upstream.url);
  const cut = start(other);
  await upstream.request(1);
  await other.destroy();
  await cut.heard.over;
  expect(cut.heard.heard.at(-1)).toBe('error');
  await upstream.requests[1]!.closed;
  await Promise.all([other.destroy(), other.close()]);
});
