import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { json } from '../../support/fake-replies.ts';
import { startFakeUpstream, type FakeUpstream } from '../../support/fake-upstream.ts';
import { completion, laneOver, startGateway, type TestGateway } from '../../support/gateway.ts';
import { chatScript } from '../../support/model-list.ts';

const TOKEN = 'lw-fake-admin-token-0123456789';

let upstream: FakeUpstream;
/** One on loopback without a key, and one that requires the token. */
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

/** Faults of a request, in the order in which they are checked. */
interface Faults {
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
  /** The check that must report, and the later one that would have failed too. */
  readonly steps: string;
  readonly gateway?: 'open' | 'closed';
  readonly wrong: Faults;
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
    steps: 'a valid credential skips Host and Origin, so the route is checked next',
    gateway: 'closed',
    wrong: { key: 'valid', host: 'foreign', origin: 'foreign', path: '/nothing' },
    status: 404,
    code: 'route_not_found',
  },
  {
    steps: 'two Host headers before access',
    gateway: 'closed',
    wrong: { key: 'wrong', host: 'twice', origin: 'foreign' },
    status: 400,
    code: 'invalid_body',
  },
  {
    steps: 'Host before Origin',
    wrong: { host: 'foreign', origin: 'foreign', path: '/nothing' },
    status: 403,
    code: 'host_not_allowed',
  },
  {
    steps: 'Host before credential',
    gateway: 'closed',
    wrong: { key: 'wrong', host: 'foreign' },
    status: 403,
    code: 'host_not_allowed',
  },
  {
    steps: 'Origin before credential',
    gateway: 'closed',
    wrong: { key: 'wrong', origin: 'foreign' },
    status: 403,
    code: 'origin_not_allowed',
  },
  {
    steps: 'Origin before route',
    wrong: { origin: 'foreign', path: '/nothing' },
    status: 403,
    code: 'origin_not_allowed',
  },
  {
    steps: 'credential before route',
    gateway: 'closed',
    wrong: { path: '/v1/nothing' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: 'credential before method',
    gateway: 'closed',
    wrong: { key: 'wrong', method: 'PUT' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: 'credential before content type',
    gateway: 'closed',
    wrong: { type: 'text/plain' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: 'route before content type',
    wrong: { path: '/v1/nothing', type: 'text/plain', body: NOT_JSON },
    status: 404,
    code: 'route_not_found',
  },
  {
    steps: 'route before length',
    wrong: { path: '/v1/nothing', size: 'too large' },
    status: 404,
    code: 'route_not_found',
  },
  {
    steps: 'method before content type',
    wrong: { method: 'PUT', type: 'text/plain' },
    status: 405,
    code: 'method_not_allowed',
  },
  {
    steps: 'method before length',
    wrong: { method: 'PUT', size: 'too large' },
    status: 405,
    code: 'method_not_allowed',
  },
  {
    steps: 'content type before length',
    wrong: { type: 'text/plain', size: 'too large' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    steps: 'charset before JSON',
    wrong: { type: 'application/json; charset=latin1', body: NOT_JSON },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    steps: 'declared length before JSON',
    wrong: { size: 'too large' },
    status: 413,
    code: 'request_too_large',
  },
  {
    steps: 'actual length before JSON',
    wrong: { size: 'too large, not declared' },
    status: 413,
    code: 'request_too_large',
  },
  {
    steps: 'JSON before names',
    wrong: { body: NOT_JSON, headers: { 'x-laneway-node': 'nobody' } },
    status: 400,
    code: 'invalid_json',
  },
  { steps: 'shape before names', wrong: { body: NO_MESSAGES }, status: 400, code: 'invalid_body' },
  {
    steps: 'names before loop detection',
    wrong: { body: UNKNOWN, headers: { 'x-laneway-hop': '3' } },
    status: 404,
    code: 'model_not_found',
  },
  {
    steps: 'loop detection before fit',
    wrong: { body: LONG, headers: { 'x-laneway-hop': '3' } },
    status: 508,
    code: 'loop_detected',
  },
  { steps: 'fit before the upstream', wrong: { body: LONG }, status: 400, code: 'context_length_exceeded' },
  {
    steps: 'control plane: credential before method',
    gateway: 'closed',
    wrong: { path: EVALUATE, method: 'PATCH', type: 'text/plain' },
    status: 401,
    code: 'invalid_api_key',
  },
  {
    steps: 'control plane: method before content type',
    wrong: { path: EVALUATE, method: 'PATCH', type: 'text/plain' },
    status: 405,
    code: 'method_not_allowed',
  },
  {
    steps: 'control plane: content type before JSON',
    wrong: { path: EVALUATE, method: 'PUT', type: 'text/plain', body: NOT_JSON },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    steps: 'control plane: JSON before names',
    wrong: { path: NOBODY, method: 'PUT', body: NOT_JSON },
    status: 400,
    code: 'invalid_json',
  },
  {
    steps: 'control plane: shape before names',
    wrong: { path: NOBODY, method: 'PUT', body: '{"lane":7}' },
    status: 400,
    code: 'invalid_body',
  },
  {
    steps: 'control plane: node before target',
    wrong: { path: NOBODY, method: 'PUT', body: '{"provider":"nope","model_id":"m"}' },
    status: 404,
    code: 'node_not_found',
  },
];

describe('a request with two faults gets the error that is checked first', () => {
  test.each(ROWS)('$steps', async ({ gateway = 'open', wrong, status, code }) => {
    const answer = await send(gateway === 'open' ? open : closed, wrong);
    expect([answer.status, answer.code]).toEqual([status, code]);
  });

  test('none of them reaches an upstream', () => {
    expect(upstream.requests.filter(({ method }) => method === 'POST')).toHaveLength(0);
  });
});

function headersOf({ key, host, origin, type, headers = {} }: Faults, port: string): string[] {
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

/** Sends a request that is valid except for the given faults. */
function send(gateway: TestGateway, wrong: Faults): Promise<{ status: number; code: string | null }> {
  const { port } = new URL(gateway.url);
  const { size } = wrong;
  const body = size === undefined ? (wrong.body ?? UNKNOWN) : 'x'.repeat(20_000);
  // Declaring it is enough: the length is checked before the body arrives. Above the limits of both planes.
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
