import { afterEach, expect, test } from 'vitest';

import { UnwritableStore } from '../../src/store/files/unwritable.ts';
import type { UsageBucket, UsageBucketQuery } from '../../src/store/store.ts';
import { laneOver, startGateway, type TestGateway } from '../support/gateway.ts';
import { call, ended, server, stopAll } from './operator.ts';

afterEach(stopAll);

interface Usage {
  readonly rows: readonly { readonly group: string | null; readonly requests: number }[];
  readonly buckets?: readonly {
    readonly at: string;
    readonly group: string | null;
    readonly requests: number;
  }[];
}

async function gateway(): Promise<TestGateway> {
  const config = laneOver([(await server('hi')).url]);
  return ended(await startGateway({ config, discover: false }));
}

async function usage(laneway: TestGateway, query: string): Promise<Usage> {
  return (await call<Usage>(laneway, 'GET', `/api/usage?${query}`)).body;
}

test.each([
  ['5m', /T\d\d:[0-5][05]:00\.000Z$/],
  ['hour', /T\d\d:00:00\.000Z$/],
  ['day', /T00:00:00\.000Z$/],
])('buckets of %s begin at full ones in UTC, and add up to the rows', async (bucket, start) => {
  const laneway = await gateway();
  for (const model of ['evaluate', 'evaluate', 'lane:main'])
    await laneway.trace(await laneway.chat({ model }));
  const from = new Date(Date.now() - 60_000).toISOString();
  const query = `group_by=node&from=${from}&bucket=${bucket}`;
  const sum = (rows: Usage['rows'] = []): number => rows.reduce((total, { requests }) => total + requests, 0);
  await expect.poll(async () => sum((await usage(laneway, query)).buckets), { timeout: 3_000 }).toBe(3);
  const { rows, buckets = [] } = await usage(laneway, query);
  expect(sum(rows)).toBe(3);
  expect(buckets.every(({ at }) => start.test(at))).toBe(true);
  const ofNode = buckets.filter(({ group }) => group === 'evaluate');
  expect(sum(ofNode)).toBe(2);
  expect((await usage(laneway, query.replace(/&bucket.*/, ''))).buckets).toBeUndefined();
});

test('as CSV the buckets come with their time in the first column', async () => {
  const laneway = await gateway();
  await laneway.trace(await laneway.chat({ model: 'evaluate' }));
  const lines = async (): Promise<string[]> => {
    const path = `${laneway.url}/api/usage?bucket=day`;
    return (await (await fetch(path, { headers: { accept: 'text/csv' } })).text()).split('\r\n');
  };
  await expect.poll(async () => (await lines()).length, { timeout: 3_000 }).toBe(3);
  const [names, line] = await lines();
  expect(names).toBe('at,group,requests,errors,input_tokens,output_tokens,cost_usd,p50_ms,p95_ms');
  expect(line).toMatch(/^\d{4}-\d\d-\d\dT00:00:00\.000Z,evaluate,1,0,7,3,,[\d.]+,[\d.]+$/);
});

test.each([
  ['bucket=5m', ['8,641 buckets of 5 minutes', '2,100 at most', '7 days', '"bucket" hour']],
  ['bucket=hour&from=2025-01-01&to=2025-12-31', ['8,760 buckets of an hour', '87 days', '"bucket" day']],
  ['bucket=day&from=2000-01-01&to=2025-12-31', ['9,497 buckets of a day', '2,099 days']],
])('too many buckets are a 400 with the limit and a way out: %s', async (query, words) => {
  const { status, body } = await call(await gateway(), 'GET', `/api/usage?${query}`);
  expect([status, body.error.code, body.error.param]).toEqual([400, 'invalid_body', 'bucket']);
  for (const word of words) expect(body.error.message).toContain(word);
});

test.each([
  'from=2026-01-01&to=2026-01-07&bucket=5m',
  'from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:00Z&bucket=day',
])('a week of five minutes, and a span without length, are served: %s', async (query) => {
  expect(await usage(await gateway(), query)).toMatchObject({ rows: [], buckets: [] });
});

test('an unknown bucket is rejected by name', async () => {
  const { status, body } = await call(await gateway(), 'GET', '/api/usage?bucket=week');
  expect([status, body.error.param]).toEqual([400, 'bucket']);
  expect(body.error.message).toContain('5m, hour, day');
});

/** A store with one entry for each number up to the limit of the query. */
class FullStore extends UnwritableStore {
  override usageBuckets(query?: UsageBucketQuery): Promise<readonly UsageBucket[]> {
    const entry = { group: 'u', atMs: 0, requests: 1, errors: 0, inputTokens: null, outputTokens: null };
    const row = { ...entry, p50Ms: null, p95Ms: null };
    return Promise.resolve(new Array<UsageBucket>(query?.limit ?? 0).fill(row));
  }
}

test('too many groups over time are a 400 instead of an endless reply', async () => {
  const store = new FullStore('full', null);
  const laneway = ended(await startGateway({ config: laneOver([]), store, discover: false }));
  const { status, body } = await call(laneway, 'GET', '/api/usage?group_by=user&bucket=day');
  expect([status, body.error.param]).toEqual([400, 'bucket']);
  expect(body.error.message).toContain('more than 50,000 entries');
});
