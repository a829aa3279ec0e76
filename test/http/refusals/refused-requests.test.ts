import { afterEach, describe, expect, test } from 'vitest';

import { RefusedRequests, type Refusal } from '../../../src/http/refusals/refusals.ts';
import { laneOver, startGateway, type GatewayOptions, type TestGateway } from '../../support/gateway.ts';
import { askRaw } from '../api-table/gateways.ts';
import { call, ended, movableClock, stopAll } from '../operator.ts';

afterEach(stopAll);

async function gateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  return ended(await startGateway({ config: laneOver(['http://127.0.0.1:9']), discover: false, ...options }));
}

interface Entry {
  readonly id: string;
  readonly state: string;
  readonly method: string | null;
  readonly endpoint: string | null;
  readonly status: number;
  readonly error: { readonly code: string; readonly message: string };
  readonly user_agent: string | null;
  readonly client: string;
  readonly count: number;
}

async function refused(
  laneway: TestGateway,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<{ requests: Entry[]; next: string | null }> {
  const path = `/api/debug/requests?state=refused${query}`;
  return (await call<{ requests: Entry[]; next: string | null }>(laneway, 'GET', path, undefined, headers))
    .body;
}

const post = (laneway: TestGateway, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(laneway.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: '{"input":"a secret prompt"}',
  });

test('an operator can see which call a client misses: list, log and metrics, each without the other', async () => {
  const laneway = await gateway();
  for (let time = 0; time < 3; time += 1) await post(laneway, '/v1/videos', { 'user-agent': 'search/1.0' });
  const { requests, next } = await refused(laneway);
  expect(next).toBeNull();
  expect(requests).toMatchObject([
    {
      state: 'refused',
      ...{ method: 'POST', endpoint: '/v1/videos', status: 404, client: 'loopback' },
      ...{ user_agent: 'search/1.0', count: 3, error: { code: 'route_not_found' } },
    },
  ]);
  const lines = laneway.log.filter(({ message }) => message.includes('/v1/videos'));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 'warn', fields: { path: '/v1/videos', method: 'POST' } });
  expect(lines[0]?.message).toContain('not offered');
  const metrics = await (await fetch(`${laneway.url}/metrics`)).text();
  expect(metrics).toContain('laneway_refused_requests_total{path="/v1/videos",code="route_not_found"} 3');
});

test('everything that is turned away before a trace is listed, with its code', async () => {
  const laneway = await gateway({ access: { adminToken: 'lw-fake-admin-token', dataPlane: 'closed' } });
  const key = { authorization: 'Bearer lw-fake-admin-token' };
  await (await post(laneway, '/v1/chat/completions')).text();
  await (await fetch(`${laneway.url}/v1/models`, { headers: { origin: 'https://evil.example' } })).text();
  await askRaw(laneway, 'GET /v1/models HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n');
  await (await fetch(`${laneway.url}/v1/chat/completions`, { headers: key })).text();
  await (await post(laneway, '/v1/chat/completions', { ...key, 'content-type': 'text/plain' })).text();
  await (await post(laneway, '/v1/chat/completions', { ...key, 'x-laneway-user': 'u'.repeat(300) })).text();
  await (await fetch(`${laneway.url}/v1/models/no-such-model`, { headers: key })).text();
  await askRaw(laneway, 'NONSENSE\r\n\r\n');
  const { requests } = await refused(laneway, '', key);
  expect(requests.map(({ error, status, endpoint }) => [error.code, status, endpoint]).reverse()).toEqual([
    ['invalid_api_key', 401, '/v1/chat/completions'],
    ['origin_not_allowed', 403, '/v1/models'],
    ['host_not_allowed', 403, '/v1/models'],
    ['method_not_allowed', 405, '/v1/chat/completions'],
    ['unsupported_media_type', 415, '/v1/chat/completions'],
    ['invalid_body', 400, '/v1/chat/completions'],
    ['model_not_found', 404, '/v1/models/no-such-model'],
    ['invalid_body', 400, null],
  ]);
});

test('a client that takes the gateway for a proxy is seen as well', async () => {
  const laneway = await gateway();
  await askRaw(laneway, 'CONNECT api.example:443 HTTP/1.1\r\nhost: api.example:443\r\n\r\n');
  const { requests } = await refused(laneway);
  expect(requests).toMatchObject([{ status: 400, endpoint: null, error: { code: 'invalid_body' } }]);
  expect(requests[0]?.error.message).toContain('not a proxy');
});

test('an answer of Laneway’s own API is no refusal', async () => {
  const laneway = await gateway();
  await call(laneway, 'GET', '/api/debug/models/no-such-node');
  await call(laneway, 'PUT', '/api/debug/models/evaluate', { provider: 'nope', model_id: 'm' });
  expect((await refused(laneway)).requests).toEqual([]);
});

test('no prompt, query or key gets into list and log, and user agents are cut', async () => {
  const laneway = await gateway();
  await post(laneway, '/v1/no/sk-fake-0123456789?key=AIzaFake0123456789', {
    'user-agent': `agent sk-fake-0123456789 ${'x '.repeat(200)}`,
  });
  const { requests } = await refused(laneway);
  expect(requests[0]).toMatchObject({ endpoint: '/v1/no/[key]' });
  expect(requests[0]?.user_agent?.length).toBeLessThanOrEqual(101);
  const text = JSON.stringify([requests, laneway.log]);
  for (const secret of ['sk-fake', 'AIza', 'secret prompt']) expect(text).not.toContain(secret);
});

test('the list is paged like that of accepted requests, and has no node, lane or target', async () => {
  const laneway = await gateway();
  for (const path of ['/one', '/two', '/three']) await post(laneway, path);
  const first = await refused(laneway, '&limit=2');
  expect(first.requests.map(({ endpoint }) => endpoint)).toEqual(['/three', '/two']);
  const second = await refused(laneway, `&limit=2&before=${first.next ?? ''}`);
  expect(second.requests.map(({ endpoint }) => endpoint)).toEqual(['/one']);
  expect(second.next).toBeNull();
  expect((await refused(laneway, '&node=evaluate')).requests).toEqual([]);
  expect((await call<{ requests: unknown[] }>(laneway, 'GET', '/api/debug/requests')).body.requests).toEqual(
    [],
  );
});

describe('a flood of made-up paths', () => {
  const clock = movableClock();
  const refusal = (path: string, label: string | null = null): Refusal => ({
    ...{ id: 'req_1', method: 'GET', path, label, status: 404, userAgent: null, client: 'public' },
    error: {
      message: `no route for GET ${path}; GET / has links to all calls`,
      type: 'invalid_request_error',
      param: null,
      code: 'route_not_found',
    },
  });

  test('is bounded in list, labels and log, while known paths are still logged, and starts again after an hour', () => {
    const lines: string[] = [];
    const refusals = new RefusedRequests({
      wall: clock.wall,
      log: { warn: (_, message) => lines.push(message) },
    });
    for (let at = 0; at < 2_000; at += 1) refusals.add(refusal(`/scan/${at}`));
    refusals.add(refusal('/v1/rerank', '/v1/rerank'));
    expect(refusals.list(10_000, null)).toHaveLength(500);
    expect(refusals.counts.metric().values).toEqual([
      { labels: { path: 'other', code: 'route_not_found' }, value: 2_000 },
      { labels: { path: '/v1/rerank', code: 'route_not_found' }, value: 1 },
    ]);
    expect(lines).toHaveLength(202);
    expect(lines.filter((line) => line.includes('more than 200 paths'))).toHaveLength(1);
    expect(lines.at(-1)).toContain('/v1/rerank');
    clock.forward(3_600_000);
    refusals.add(refusal('/scan/1'));
    expect(lines.at(-1)).toContain('/scan/1');
  });
});
