import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

interface Page {
  readonly requests: readonly { readonly id: string; readonly requested: string }[];
  readonly next: string | null;
}

async function setUp(): Promise<TestGateway> {
  const broken = await startFakeUpstream(chatScript(() => json(400, { error: { message: 'no' } })));
  ended({ stop: () => broken.close() });
  const config = laneOver([(await server('fine')).url, broken.url]);
  const gateway = ended(
    await startGateway({ config: { ...config, nodes: { evaluate: { model: 'a/m' } } }, discover: false }),
  );
  for (const model of ['evaluate', 'lane:main', 'a/m', 'b/m', 'evaluate']) {
    await gateway.trace(await gateway.chat({ model }));
  }
  return gateway;
}

async function listed(gateway: TestGateway, query: string): Promise<string[]> {
  const { body } = await call<Page>(gateway, 'GET', `/api/debug/requests${query}`);
  return body.requests.map(({ requested }) => requested);
}

test('the list can be filtered by node, lane, target and state, separately and together', async () => {
  const gateway = await setUp();
  expect(await listed(gateway, '')).toHaveLength(5);
  expect(await listed(gateway, '?node=evaluate')).toHaveLength(2);
  expect(await listed(gateway, '?lane=main')).toHaveLength(1);
  expect(await listed(gateway, '?target=a/m')).toHaveLength(4);
  expect(await listed(gateway, '?state=failed')).toEqual([expect.stringContaining('b/m')]);
  expect(await listed(gateway, '?node=evaluate&state=settled&target=a/m')).toHaveLength(2);
  expect(await listed(gateway, '?node=evaluate&state=failed')).toEqual([]);
  expect(await listed(gateway, '?limit=&node=&lane=&target=&state=&before=')).toHaveLength(5);
});

test('pages of a filtered list join without a gap', async () => {
  const gateway = await setUp();
  const { body: first } = await call<Page>(gateway, 'GET', '/api/debug/requests?target=a/m&limit=3');
  expect(first.requests).toHaveLength(3);
  const next = `/api/debug/requests?target=a/m&limit=3&before=${first.next ?? ''}`;
  const { body: second } = await call<Page>(gateway, 'GET', next);
  expect(second.requests).toHaveLength(1);
  expect(second.next).toBe(null);
  expect(new Set([...first.requests, ...second.requests].map(({ id }) => id)).size).toBe(4);
});

test.each([
  ['?before=yesterday', 'before'],
  ['?before=req_', 'before'],
  ['?state=lost', 'state'],
  ['?limit=501', 'limit'],
  ['?nodes=evaluate', 'nodes'],
])('%s is rejected by name', async (query, param) => {
  const gateway = ended(await startGateway({ config: laneOver([]), discover: false }));
  const { status, body } = await call(gateway, 'GET', `/api/debug/requests${query}`);
  expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', param]);
});

test('a trace has every documented field, and a summary all but the long ones', async () => {
  const gateway = await setUp();
  const { body } = await call<Page>(gateway, 'GET', '/api/debug/requests?limit=1');
  const promised = ['id', 'state', 'started_at', 'endpoint', 'wire', 'requested', 'node', 'lane', 'target'];
  promised.push('generation', 'key', 'user', 'stream', 'status', 'attempts', 'error', 'duration_ms');
  const [summary] = body.requests;
  expect(Object.keys(summary ?? {})).toEqual(expect.arrayContaining(promised));
  for (const long of ['phases', 'plan', 'usage', 'cost', 'warnings'])
    expect(summary).not.toHaveProperty(long);
  const { body: trace } = await call(gateway, 'GET', `/api/debug/requests/${summary?.id ?? ''}`);
  expect(Object.keys(trace)).toEqual(
    expect.arrayContaining([...promised, 'phases', 'plan', 'usage', 'cost', 'warnings']),
  );
  expect(trace).toMatchObject({ cost: { usd: null, source: null }, key: null });
});

test.each([
  ['node=evalute', 'no node is named "evalute"; did you mean "evaluate"?'],
  ['lane=mian', 'no lane is named "mian"; did you mean "main"?'],
  ['target=a', 'no model has the id "a"'],
])('a filter by an unknown name finds nothing and says so: %s', async (query, hint) => {
  const gateway = await setUp();
  const { body } = await call<Page & { hint?: string }>(gateway, 'GET', `/api/debug/requests?${query}`);
  expect(body.requests).toEqual([]);
  expect(body.hint).toContain(hint);
});

test('a filter by a known name without requests has no hint', async () => {
  const gateway = ended(await startGateway({ config: laneOver([]), discover: false }));
  const { body } = await call<Page>(gateway, 'GET', '/api/debug/requests?lane=main');
  expect(body).toEqual({ requests: [], next: null });
});
