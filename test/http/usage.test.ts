import { afterEach, expect, test } from 'vitest';

import { json } from '../support/fake-replies.ts';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { chatScript } from '../support/model-list.ts';
import { usageCsv } from '../../src/http/views/usage.ts';
import { call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

interface Usage {
  readonly from: string;
  readonly to: string;
  readonly group_by: string;
  readonly rows: readonly Row[];
}

interface Row {
  readonly group: string | null;
  readonly requests: number;
  readonly errors: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

/** Three requests to the node, one to the lane, one that fails. */
async function used(): Promise<TestGateway> {
  const fine = await server('fine');
  const broken = await startFakeUpstream(chatScript(() => json(400, { error: { message: 'no' } })));
  ended({ stop: () => broken.close() });
  const config = laneOver([fine.url, broken.url]);
  const gateway = ended(
    await startGateway({ config: { ...config, nodes: { evaluate: { model: 'a/m' } } }, discover: false }),
  );
  for (const model of ['evaluate', 'evaluate', 'evaluate', 'lane:main', 'b/m']) {
    await gateway.trace(await gateway.chat({ model }, { 'x-laneway-user': '=cmd()' }));
  }
  // Rows are written to the database in batches.
  await expect.poll(async () => sum(await usage(gateway)), { timeout: 3_000 }).toBe(5);
  return gateway;
}

async function usage(gateway: TestGateway, query = ''): Promise<Usage> {
  return (await call<Usage>(gateway, 'GET', `/api/usage${query}`)).body;
}

function sum({ rows }: Usage): number {
  return rows.reduce((total, { requests }) => total + requests, 0);
}

test('totals by node, by lane and by model, with tokens and times', async () => {
  const gateway = await used();
  const byNode = await usage(gateway);
  expect(byNode.group_by).toBe('node');
  const row = byNode.rows.find(({ group }) => group === 'evaluate');
  expect(row).toMatchObject({ requests: 3, errors: 0, input_tokens: 21, output_tokens: 9, cost_usd: null });
  expect(row?.p50_ms).toBeGreaterThan(0);
  expect(row?.p95_ms).toBeGreaterThanOrEqual(row?.p50_ms ?? Infinity);
  const byLane = await usage(gateway, '?group_by=lane');
  expect(byLane.rows.find(({ group }) => group === 'main')).toMatchObject({ requests: 1 });
  const byModel = await usage(gateway, '?group_by=model');
  expect(byModel.rows.find(({ group }) => group === 'a/m')).toMatchObject({ requests: 4, errors: 0 });
  expect(byModel.rows.reduce((total, { errors }) => total + errors, 0)).toBe(1);
});

test('only the requested period counts; a day as end counts in full', async () => {
  const gateway = await used();
  const today = new Date().toISOString().slice(0, 10);
  expect(sum(await usage(gateway, `?from=${today}&to=${today}`))).toBe(5);
  expect((await usage(gateway, '?from=2020-01-01&to=2020-01-31')).rows).toEqual([]);
  expect((await usage(gateway, '?to=2020-01-31T00:00:00Z')).from).toBe('2020-01-01T00:00:00.000Z');
  expect(sum(await usage(gateway, '?from=&to=&group_by='))).toBe(5);
});

test.each([
  ['?from=2026-02-01&to=2026-01-01', 'from'],
  ['?from=yesterday', 'from'],
  ['?to=2026-13-01', 'to'],
  ['?group_by=colour', 'group_by'],
  ['?since=2026-01-01', 'since'],
])('%s is rejected by name', async (query, param) => {
  const gateway = ended(await startGateway({ config: laneOver([]), discover: false }));
  const { status, body } = await call(gateway, 'GET', `/api/usage${query}`);
  expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', param]);
});

test('in CSV for spreadsheets no user name is a formula', async () => {
  const gateway = await used();
  const answer = await fetch(`${gateway.url}/api/usage?group_by=user`, { headers: { accept: 'text/csv' } });
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const [names, line, ...rest] = (await answer.text()).split('\r\n');
  expect(names).toBe('group,requests,errors,input_tokens,output_tokens,cost_usd,p50_ms,p95_ms');
  expect(line).toMatch(/^'=cmd\(\),5,1,28,12,,[\d.]+,[\d.]+$/);
  expect(rest).toEqual(['']);
});

test('CSV keeps commas, quotes and line breaks inside a name', () => {
  const row = {
    ...{ requests: 1, errors: 0, input_tokens: null, output_tokens: null, cost_usd: null },
    ...{ p50_ms: null, p95_ms: null },
  };
  const csv = usageCsv([
    { group: 'a "b", c', ...row },
    { group: '@a\nb', ...row },
    { group: null, ...row },
  ]);
  expect(csv.split('\r\n').slice(1)).toEqual([
    '"a ""b"", c",1,0,,,,,',
    '"\'@a\nb",1,0,,,,,',
    ',1,0,,,,,',
    '',
  ]);
});
