import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

let upstream: FakeUpstream;
let laneway: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  laneway = await startGateway({ config: laneOver([upstream.url]), maxBodyBytes: 1024 * 1024 });
});
afterAll(async () => {
  await laneway.stop();
  await upstream.close();
});

const CHAT = '/v1/chat/completions';
const JSON_TYPE = { 'content-type': 'application/json' };
const hello = [{ role: 'user', content: 'Hello?' }];

/** Method, path, body, headers; expected status, code and, if any, `param`. */
const REFUSALS: readonly (readonly [
  string,
  string,
  string | undefined,
  Record<string, string>,
  number,
  string,
  string | null,
])[] = [
  ['POST', CHAT, '{"model":', JSON_TYPE, 400, 'invalid_json', null],
  ['POST', CHAT, '', JSON_TYPE, 400, 'invalid_json', null],
  ['POST', CHAT, '[]', JSON_TYPE, 400, 'invalid_body', null],
  ['POST', CHAT, '"text"', JSON_TYPE, 400, 'invalid_body', null],
  ['POST', CHAT, '{"model":"main"}', JSON_TYPE, 400, 'invalid_body', 'messages'],
  ['POST', CHAT, '{"model":"main","messages":[]}', JSON_TYPE, 400, 'invalid_body', 'messages'],
  ['POST', CHAT, '{"model":"main","messages":"hi"}', JSON_TYPE, 400, 'invalid_body', 'messages'],
  ['POST', CHAT, JSON.stringify({ model: 7, messages: hello }), JSON_TYPE, 400, 'invalid_body', 'model'],
  [
    'POST',
    CHAT,
    JSON.stringify({ messages: hello, stream: 'yes' }),
    JSON_TYPE,
    400,
    'invalid_body',
    'stream',
  ],
  ['POST', CHAT, '{"model":"a","model":"b","messages":[{}]}', JSON_TYPE, 400, 'invalid_body', 'model'],
  ['POST', CHAT, `{"messages":${'['.repeat(70)}${']'.repeat(70)}}`, JSON_TYPE, 400, 'invalid_body', null],
  [
    'POST',
    CHAT,
    JSON.stringify({ model: 'mian', messages: hello }),
    JSON_TYPE,
    404,
    'model_not_found',
    'model',
  ],
  [
    'POST',
    CHAT,
    JSON.stringify({ model: 'node:nope', messages: hello }),
    JSON_TYPE,
    404,
    'node_not_found',
    'model',
  ],
  [
    'POST',
    CHAT,
    JSON.stringify({ model: 'lane:nope', messages: hello }),
    JSON_TYPE,
    404,
    'lane_not_found',
    'model',
  ],
  ['POST', CHAT, '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type', null],
  [
    'POST',
    CHAT,
    '{}',
    { 'content-type': 'application/json; charset=latin1' },
    415,
    'unsupported_media_type',
    null,
  ],
  ['POST', CHAT, '{}', { 'content-type': 'application/jsonx' }, 415, 'unsupported_media_type', null],
  ['POST', CHAT, 'x'.repeat(1024 * 1024 + 1), JSON_TYPE, 413, 'request_too_large', null],
  [
    'POST',
    CHAT,
    JSON.stringify({ messages: hello }),
    { ...JSON_TYPE, 'x-laneway-hop': '3' },
    508,
    'loop_detected',
    null,
  ],
  ['POST', CHAT, '{}', { ...JSON_TYPE, origin: 'https://evil.example' }, 403, 'origin_not_allowed', null],
  ['GET', CHAT, undefined, {}, 405, 'method_not_allowed', null],
  ['DELETE', '/v1/models', undefined, {}, 405, 'method_not_allowed', null],
  ['GET', '/v1/nothing', undefined, {}, 404, 'route_not_found', null],
  ['POST', '/groq/v1/chat/completions', '{}', JSON_TYPE, 404, 'route_not_found', null],
  ['GET', '/v1/models/nope', undefined, {}, 404, 'model_not_found', 'model'],
  ['GET', '/api/debug/requests/req_none', undefined, {}, 404, 'request_not_found', null],
  ['GET', '/api/debug/requests?limit=0', undefined, {}, 400, 'invalid_body', 'limit'],
  ['PUT', '/api/debug/models/nope', '{"lane":"main"}', JSON_TYPE, 404, 'node_not_found', 'node'],
  ['PUT', '/api/debug/models/evaluate', '{"provider":"a"', JSON_TYPE, 400, 'invalid_json', null],
  ['PUT', '/api/debug/models/evaluate', '{"provider":"a"}', JSON_TYPE, 400, 'invalid_body', 'model_id'],
  [
    'PUT',
    '/api/debug/models/evaluate',
    '{"provider":"nope","model_id":"m"}',
    JSON_TYPE,
    404,
    'provider_not_found',
    'provider',
  ],
  [
    'PUT',
    '/api/debug/models/evaluate',
    '{"provider":"a","model_id":"nope"}',
    JSON_TYPE,
    404,
    'model_not_found',
    'model_id',
  ],
  ['PUT', '/api/debug/models/evaluate', '{"lane":"nope"}', JSON_TYPE, 404, 'lane_not_found', 'lane'],
  [
    'PUT',
    '/api/debug/models/evaluate',
    '{"lane":"main","expires_in_s":0}',
    JSON_TYPE,
    400,
    'invalid_body',
    'expires_in_s',
  ],
];

test.each(REFUSALS)('%s %s %.40s', async (method, path, body, headers, status, code, param) => {
  const answer = await fetch(laneway.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  const { error } = (await answer.json()) as { error: Record<string, unknown> };
  expect(Object.keys(error).slice(0, 4).toSorted()).toEqual(['code', 'message', 'param', 'type']);
  expect(error['code']).toBe(code);
  expect(error['param']).toBe(param);
  expect(typeof error['message']).toBe('string');
});

test('405 lists the allowed methods', async () => {
  const answer = await fetch(laneway.url + CHAT);
  expect(answer.headers.get('allow')).toContain('POST');
});

test('no rejected request reached an upstream', () => {
  expect(upstream.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);
});

/** Sends bytes and returns everything received until the gateway closes. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(laneway.url).port), '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', reject);
  });
}

test('bytes that are not HTTP get a 400 in the envelope, with a request id', async () => {
  const answer = await raw('hello\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(answer).toMatch(/x-request-id: req_/);
  expect(answer).toContain('"code":"invalid_body"');
});

test('headers over 16 KiB get a 431 in the envelope', async () => {
  const answer = await raw(
    `GET /health HTTP/1.1\r\nhost: localhost\r\nx-long: ${'a'.repeat(20_000)}\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect(answer).toContain('"code":"headers_too_large"');
});

test('a foreign Host is rejected before the route is looked up, except on /health', async () => {
  const head = (path: string): string =>
    `GET ${path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`;
  expect(await raw(head('/v1/models'))).toContain('"code":"host_not_allowed"');
  expect(await raw(head('/v1/nothing'))).toContain('"code":"host_not_allowed"');
  expect(await raw(head('/health'))).toMatch(/^HTTP\/1\.1 200 /);
});

test('a path that cannot be decoded is a 404, not a crash', async () => {
  const answer = await raw('GET /v1/models/%ZZ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1\.1 404 /);
  expect(answer).toContain('"error"');
});

test('a header named __proto__ is handled like any other', async () => {
  const answer = await raw(
    'GET /health HTTP/1.1\r\nhost: localhost\r\n__proto__: x\r\nconnection: close\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
});

test('a preflight of an allowed page is answered, a foreign one rejected (wire case 21)', async () => {
  const preflight = (origin: string): Promise<Response> =>
    fetch(laneway.url + CHAT, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-stainless-os',
      },
    });
  const allowed = await preflight('http://localhost:3000');
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
  expect(allowed.headers.get('access-control-allow-headers')).toContain('x-stainless-os');
  expect((await preflight('https://evil.example')).status).toBe(403);
});

test('an allowed page can read the reply’s own headers', async () => {
  const answer = await laneway.chat({ model: 'main' }, { origin: 'http://localhost:3000' });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe('http://localhost:3000');
  expect(answer.headers.get('access-control-expose-headers')).toContain('x-laneway-target');
});
