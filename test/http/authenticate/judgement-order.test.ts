import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const TOKEN = 'lw-fake-admin-token-0123456789';

let upstream: FakeUpstream;
/** Takes loopback without a key; and one that wants the token. */
let open: TestGateway;
let closed: TestGateway;
beforeAll(async () => {
  upstream = await startFakeUpstream(chatScript(() => json(200, completion('hello'))));
  const config = {
    ...laneOver([upstream.url]),
    models: { 'a/m': {}, 'a/small': { capabilities: { context_length: 10 } } },
  };
  open = await startGateway({ config, maxBodyBytes: 10_000 });
  const access = { listenHost: '0.0.0.0', adminToken: TOKEN, dataPlane: 'closed' } as const;
  closed = await startGateway({ config, access, maxBodyBytes: 10_000 });
});
afterAll(async () => {
  await open.stop();
  await closed.stop();
  await upstream.close();
});

/** What is wrong with a request, from the first step that judges it to the last (API section 1). */
interface Wrong {
  readonly key?: 'valid' | 'wrong';
  readonly host?: 'foreign' | 'twice';
  readonly origin?: 'foreign';
  readonly method?: string;
  readonly path?: string;
  readonly type?: string;
  readonly size?: 'too large' | 'too large, not declared';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Row {
  /** The step that must speak, and the next one that would have. */
  readonly steps: string;
  readonly gateway?: 'open' | 'closed';
  readonly wrong: Wrong;
  readonly status: number;
  readonly code: string;
}

const CHAT = '/v1/chat/completions';
const EVALUATE = '/api/debug/models/evaluate';
const NOBODY = '/api/debug/models/nobody';
const NOT_JSON = '{"model":';
const NO_MESSAGES = '{"model":"nope","messages":[]}';
const UNKNOWN = '{"model":"nope","messages":[{"role":"user","content":"x"}]}';
const LONG = JSON.stringify({ model: 'a/small', messages: [{ role: 'user', content: 'x'.repeat(500) }] });

const ROWS: readonly Row[] = [
  {
    steps: 'a valid credential lifts 2, so that 4 speaks',
    gateway: 'closed',
    wrong: { key: 'valid', host: 'foreign', origin: 'foreign', path: '/nothing' },
    status: 404,
    code: 'route_not_found',
  },
  {
    steps: '0 (no HTTP: two Hosts) before 2',
    gateway: 'closed',
    wrong: { key: 'wrong', host: 'twice', origin: 'foreign' },
    status: 400,
    code: 'invalid_body',
  },
  {
    steps: '2, Host, before 2, Origin',
    wrong: { host: 'foreign', origin: 'foreign', path: '/nothing' },
    status: 403,
    code: 'host_not_allowed',
  },
  {
    steps: '2, Host, before 2, 401',
    gateway: 'closed',
    wrong: { key: 'wrong', host: 'foreign' },
    status: 403,
    code: 'host_not_allowed',
  },
  {
    steps: '2, Origin, before 2, 401',
    gateway: 'closed',
    wrong: { key: 'wrong', origin: 'foreign' },
    status: 403,
    code: 'origin_not_allowed',
  },
  {
    steps: '2, Origin, before 4',
    wrong: { origin: 'foreign', path: '/nothing' },
    status: 403,
    code: 'origin_not_allowed',
  },
  {
    steps: '2, 401, before 4, route',
    gateway: 'closed',
    wrong: { path: '/v1/nothing' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: '2, 401, before 4, method',
    gateway: 'closed',
    wrong: { key: 'wrong', method: 'PUT' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: '2, 401, before 5',
    gateway: 'closed',
    wrong: { type: 'text/plain' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: '4, route, before 5, type',
    wrong: { path: '/v1/nothing', type: 'text/plain', body: NOT_JSON },
    status: 404,
    code: 'route_not_found',
  },
  {
    steps: '4, route, before 5, length',
    wrong: { path: '/v1/nothing', size: 'too large' },
    status: 404,
    code: 'route_not_found',
  },
  {
    steps: '4, method, before 5, type',
    wrong: { method: 'PUT', type: 'text/plain' },
    status: 405,
    code: 'method_not_allowed',
  },
  {
    steps: '4, method, before 5, length',
    wrong: { method: 'PUT', size: 'too large' },
    status: 405,
    code: 'method_not_allowed',
  },
  {
    steps: '5, type, before 5, length',
    wrong: { type: 'text/plain', size: 'too large' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    steps: '5, type, before 6',
    wrong: { type: 'application/json; charset=latin1', body: NOT_JSON },
    status: 415,
    code: 'unsupported_media_type',
  },
  { steps: '5, length, before 6', wrong: { size: 'too large' }, status: 413, code: 'request_too_large' },
  {
    steps: '6, length as it comes, before 6, JSON',
    wrong: { size: 'too large, not declared' },
    status: 413,
    code: 'request_too_large',
  },
  {
    steps: '6, JSON, before 7',
    wrong: { body: NOT_JSON, headers: { 'x-laneway-node': 'nobody' } },
    status: 400,
    code: 'invalid_json',
  },
  { steps: '6, shape, before 7', wrong: { body: NO_MESSAGES }, status: 400, code: 'invalid_body' },
  {
    steps: '7 before 8',
    wrong: { body: UNKNOWN, headers: { 'x-laneway-hop': '3' } },
    status: 404,
    code: 'model_not_found',
  },
  {
    steps: '8 before 9',
    wrong: { body: LONG, headers: { 'x-laneway-hop': '3' } },
    status: 508,
    code: 'loop_detected',
  },
  { steps: '9 before 10', wrong: { body: LONG }, status: 400, code: 'context_length_exceeded' },
  {
    steps: 'own API: 2, 401, before 4',
    gateway: 'closed',
    wrong: { path: EVALUATE, method: 'PATCH', type: 'text/plain' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: 'own API: 4 before 5',
    wrong: { path: EVALUATE, method: 'PATCH', type: 'text/plain' },
    status: 405,
    code: 'method_not_allowed',
  },
  {
    steps: 'own API: 5 before 6',
    wrong: { path: EVALUATE, method: 'PUT', type: 'text/plain', body: NOT_JSON },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    steps: 'own API: 6, JSON, before 7',
    wrong: { path: NOBODY, method: 'PUT', body: NOT_JSON },
    status: 400,
    code: 'invalid_json',
  },
  {
    steps: 'own API: 6, shape, before 7',
    wrong: { path: NOBODY, method: 'PUT', body: '{"lane":7}' },
    status: 400,
    code: 'invalid_body',
  },
  {
    steps: 'own API: 7, node, before 9, target',
    wrong: { path: NOBODY, method: 'PUT', body: '{"provider":"nope","model_id":"m"}' },
    status: 404,
    code: 'node_not_found',
  },
];

describe('one request with two faults is told the one that is judged first (API section 1)', () => {
  test.each(ROWS)('$steps', async ({ gateway = 'open', wrong, status, code }) => {
    const answer = await send(gateway === 'open' ? open : closed, wrong);
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('and none of them reached an upstream', () => {
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);
  });
});

function headersOf({ key, host, origin, type, headers = {} }: Wrong, port: string): string[] {
  const name = host === 'foreign' ? 'evil.example' : `127.0.0.1:${port}`;
  const credential = key === 'valid' ? TOKEN : 'sk-fake-wrong';
  return [
    ...['host', name],
    ...(host === 'twice' ? ['host', 'evil.example'] : []),
    ...(origin === 'foreign' ? ['origin', 'https://evil.example'] : []),
    ...(key === undefined ? [] : ['authorization', `Bearer ${credential}`]),
    ...['content-type', type ?? 'application/json'],
    ...Object.entries(headers).flat(),
  ];
}

/** Sends a request that is right but for what is said to be wrong; Hosts as written. */
function send(gateway: TestGateway, wrong: Wrong): Promise<{ status: number; code: string | null }> {
  const { port } = new URL(gateway.url);
  const { size } = wrong;
  const body = size === undefined ? (wrong.body ?? UNKNOWN) : 'x'.repeat(20_000);
  // Declared is enough: what is judged by its length is answered before it comes. Over the limit of either surface.
  const declared = size === 'too large' ? 2_000_000 : body.length;
  const length =
    size === 'too large, not declared'
      ? ['transfer-encoding', 'chunked']
      : ['content-length', String(declared)];
  return new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port,
      method: wrong.method ?? 'POST',
      path: wrong.path ?? CHAT,
      headers: [...headersOf(wrong, port), ...length],
      setHost: false,
      agent: false,
    });
    sent.on('error', reject);
    sent.on('response', (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      reply.on('end', () => {
        const { error } = JSON.parse(text) as { error: { code: string | null } };
        resolve({ status: reply.statusCode ?? 0, code: error.code });
        sent.destroy();
      });
    });
    if (size === 'too large') sent.flushHeaders();
    else sent.end(body);
  });
}
