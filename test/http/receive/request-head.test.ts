import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { hang, json, sse } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { chunks, completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';
import { sendRaw } from '../../support/raw-client.ts';

const TOKEN = 'lw-fake-admin-token-0123456789';

let upstream: FakeUpstream;
let gateway: TestGateway;
let closed: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  const config = laneOver([upstream.url]);
  gateway = await startGateway({ config });
  closed = await startGateway({ config, access: { adminToken: TOKEN, dataPlane: 'closed' } });
});
afterAll(async () => {
  await gateway.stop();
  await closed.stop();
  await upstream.close();
});

const HOST = 'host: localhost\r\n';
const BODY = '{"model":"main","messages":[{"role":"user","content":"Hello?"}]}';
const CHUNKED = `${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\n\r\n`;
const LENGTH = `content-length: ${BODY.length}\r\n`;

const get = (target: string, headers = HOST, version = '1.1'): string =>
  `GET ${target} HTTP/${version}\r\n${headers}\r\n`;
const chat = (headers: string, body = BODY, version = '1.1'): string =>
  `POST /v1/chat/completions HTTP/${version}\r\n${HOST}content-type: application/json\r\n${headers}\r\n${body}`;

describe('is answered 400 in the error envelope, and the connection closes', () => {
  test.each([
    ['two Host headers', get('/v1/models', HOST + HOST), '"host" header'],
    ['no Host', get('/v1/models', ''), '"host" header'],
    ['a coding besides chunked', chat('transfer-encoding: gzip, chunked\r\n', CHUNKED), 'gzip, chunked'],
    ['a coding instead of chunked', chat('transfer-encoding: gzip\r\n'), 'Transfer-Encoding'],
    ['chunked in HTTP/1.0', chat('transfer-encoding: chunked\r\n', CHUNKED, '1.0'), 'content-length'],
    ['chunked with a length', chat(`${LENGTH}transfer-encoding: chunked\r\n`, CHUNKED), 'Content-Length'],
    ['two lengths', chat(`${LENGTH}content-length: 3\r\n`), 'Content-Length'],
    ['a list of lengths', chat(`content-length: ${BODY.length}, ${BODY.length}\r\n`), 'Content-Length'],
    ['a negative length', chat('content-length: -1\r\n'), 'Content-Length'],
    ['an invalid chunk', chat('transfer-encoding: chunked\r\n', 'zz\r\n'), 'chunk'],
    ['a folded header', get('/v1/models', `${HOST}x-a: b\r\n c\r\n`), 'whitespace'],
    ['a bare LF', `GET /v1/models HTTP/1.1\nhost: localhost\n\n`, 'CRLF'],
    ['a bare CR in a header', get('/v1/models', `${HOST}x-a: b\rx-c: d\r\n`), 'not a valid HTTP/1.1 request'],
    ['NUL in a header', get('/v1/models', `${HOST}x-a: b\0c\r\n`), 'not a valid HTTP/1.1 request'],
    ['a space before the colon', get('/v1/models', `${HOST}x-a : b\r\n`), 'not a valid HTTP/1.1 request'],
    ['# in the target', get('/v1/models#x'), '"#"'],
    ['# in the query', get('/health?a=b#x'), '"#"'],
    ['another host in the target', get('http://evil.example/v1/models'), 'another host, "evil.example"'],
    ['another host, in both', get('http://evil.example/health', 'host: evil.example\r\n'), 'another host'],
    ['another scheme in the target', get('ftp://localhost/health'), 'request target'],
    ['a user in the target', get('http://me:pw@localhost/health'), 'request target'],
    ['* without OPTIONS', get('*'), '"*"'],
    ['CONNECT', 'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example:443\r\n\r\n', 'not a proxy'],
    ['HTTP/2.0 in the request line', get('/v1/models', HOST, '2.0'), 'HTTP/1.1'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'it is HTTP/2'],
    ['TLS', Buffer.from('16030100c8010000c40303', 'hex'), 'http://'],
  ])('%s', async (_, bytes, words) => {
    const answer = await sendRaw(gateway.url, bytes);
    expect([answer.status, answer.closed]).toEqual([400, true]);
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
    const { error } = JSON.parse(answer.body) as { error: { code: string; message: string } };
    expect(error.code).toBe('invalid_body');
    expect(error.message).toContain(words);
  });

  test('with a valid key too: it is not a proxy for other hosts', async () => {
    const key = `${HOST}authorization: Bearer ${TOKEN}\r\n`;
    const away = await sendRaw(closed.url, get('http://evil.example/v1/models', key));
    expect([away.status, away.closed]).toEqual([400, true]);
    const named = `host: gateway.example\r\nauthorization: Bearer ${TOKEN}\r\n`;
    expect((await sendRaw(closed.url, get('http://gateway.example/v1/models', named))).status).toBe(200);
  });
});

describe('is served', () => {
  test('a target in absolute form for this gateway, whatever the Host header', async () => {
    expect((await sendRaw(gateway.url, get('http://localhost/v1/models'))).status).toBe(200);
    expect(
      (await sendRaw(gateway.url, get('http://127.0.0.1:9/health', 'host: evil.example\r\n'))).status,
    ).toBe(200);
    const wrong = await sendRaw(gateway.url, get('http://localhost/v1/chat/completions'));
    expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'POST']);
  });

  test('HTTP/1.0 with a length', async () => {
    const answer = await sendRaw(gateway.url, chat(LENGTH, BODY, '1.0'));
    expect([answer.status, answer.closed]).toEqual([200, true]);
  });

  test.each([
    ['HTTP/2 (h2c)', 'connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n'],
    ['a WebSocket', 'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n'],
  ])('as HTTP/1.1, a request that asks for an upgrade to %s', async (_, headers) => {
    expect((await sendRaw(gateway.url, get('/v1/models', HOST + headers))).status).toBe(200);
    expect((await sendRaw(gateway.url, chat(headers + LENGTH))).status).toBe(200);
    expect((await sendRaw(gateway.url, get('/v1/realtime', HOST + headers))).status).toBe(404);
  });
});

describe('Expect', () => {
  test('100-continue gets 100 once the body is wanted', async () => {
    const answer = await sendRaw(gateway.url, chat(`${LENGTH}expect: 100-continue\r\n`));
    expect([answer.status, answer.closed]).toEqual([100, false]);
    expect(answer.body).toMatch(/^HTTP\/1\.1 200/);
    // Further requests on the connection are answered.
    const twice = chat(`${LENGTH}expect: 100-continue\r\n`).repeat(2);
    expect((await sendRaw(gateway.url, twice)).body.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });

  test('keeps a "connection: close" of the client', async () => {
    const answer = await sendRaw(gateway.url, chat(`${LENGTH}connection: close\r\nexpect: 100-continue\r\n`));
    expect([answer.status, answer.closed]).toEqual([100, true]);
    expect(answer.body).toMatch(/^HTTP\/1\.1 200/);
  });

  test('of an error that is known before the body is not answered with 100, and closes', async () => {
    const bytes = `POST /v1/nothing HTTP/1.1\r\n${HOST}${LENGTH}expect: 100-continue\r\n\r\n`;
    const answer = await sendRaw(gateway.url, bytes);
    expect([answer.status, answer.headers['connection']]).toEqual([404, 'close']);
  });

  test('anything else is 417 in the error envelope', async () => {
    const answer = await sendRaw(gateway.url, chat(`${LENGTH}expect: a-miracle\r\n`));
    expect([answer.status, answer.closed]).toEqual([417, true]);
    expect(answer.body).toContain('"code":"invalid_body"');
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
  });
});

test('nonsense after a request does not end up in the middle of its reply', async () => {
  const hanging = await startFakeUpstream(
    chatScript(() => [...sse(chunks('one').slice(0, 2), { end: false }), hang()]),
  );
  const streaming = await startGateway({ config: laneOver([hanging.url]) });
  try {
    const body = JSON.stringify({ ...(JSON.parse(BODY) as object), stream: true });
    const request = chat(`content-length: ${body.length}\r\n`, body);
    const { hostname, port } = new URL(streaming.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const end = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.write(request);
    await expect.poll(() => text).toContain('"one"');
    socket.write('NONSENSE\r\n\r\n');
    await end;
    expect(text).not.toContain('HTTP/1.1 400');
  } finally {
    await streaming.stop();
    await hanging.close();
  }
});
