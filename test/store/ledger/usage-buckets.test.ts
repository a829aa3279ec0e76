import { expect, it } from 'vitest';
import type { LedgerRow } from '../../../src/protocol/ledger.ts';
import type { Store, UsageBucketQuery } from '../../../src/store/store.ts';
import { requestId, requestNumberAt } from '../../../src/util/request-id.ts';
import { ledgerRow, openForTest, temporaryFolder } from '../harness.ts';

const HOUR: UsageBucketQuery = {
  groupBy: 'node',
  from: '2026-01-01T10:30:00.000Z',
  to: '2026-01-02T00:00:00.000Z',
  bucketMs: 60 * 60_000,
  limit: 100,
};

const at = (time: string): number => Date.parse(`2026-01-01T${time}Z`);
const NO_TOKENS = { inputTokens: null, outputTokens: null };

async function storeWith(rows: readonly Partial<LedgerRow>[]): Promise<Store> {
  const directory = temporaryFolder();
  const store = await openForTest(directory);
  for (const [index, row] of rows.entries()) {
    const id = requestId(requestNumberAt(row.startedMs ?? 0) + index, 'test');
    store.record(ledgerRow(id, { ...NO_TOKENS, ...row }));
  }
  await store.close();
  return openForTest(directory);
}

const ROWS: readonly Partial<LedgerRow>[] = [
  { node: 'a', startedMs: at('10:29:59.999'), durationMs: 1 }, // before the span
  { node: 'a', startedMs: at('10:30:00.000'), durationMs: 100, inputTokens: 10, outputTokens: 1 },
  { node: 'a', startedMs: at('10:59:59.999'), durationMs: 300, inputTokens: 20 },
  { node: 'a', startedMs: at('10:45:00.000'), durationMs: 9_000, state: 'failed', status: 502 },
  { node: null, startedMs: at('10:50:00.000'), durationMs: 50 },
  { node: 'b', startedMs: at('10:50:00.000'), durationMs: 60, state: 'partial' },
  { node: 'a', startedMs: at('11:00:00.000'), durationMs: 7.5 },
  { node: 'a', startedMs: at('23:59:59.999'), durationMs: 8 },
  { node: 'a', startedMs: at('23:59:59.999') + 1, durationMs: 9 }, // after it
];

it('adds up each group in each bucket, oldest first, without empty ones', async () => {
  const store = await storeWith(ROWS);
  const none = { errors: 0, ...NO_TOKENS };
  expect(await store.usageBuckets(HOUR)).toEqual([
    { ...none, atMs: at('10:00:00'), group: null, requests: 1, p50Ms: 50, p95Ms: 50 },
    {
      ...{ atMs: at('10:00:00'), group: 'a', requests: 3, errors: 1, inputTokens: 30, outputTokens: 1 },
      ...{ p50Ms: 100, p95Ms: 300 },
    },
    { ...none, atMs: at('10:00:00'), group: 'b', requests: 1, errors: 1, p50Ms: null, p95Ms: null },
    { ...none, atMs: at('11:00:00'), group: 'a', requests: 1, p50Ms: 7.5, p95Ms: 7.5 },
    { ...none, atMs: at('23:00:00'), group: 'a', requests: 1, p50Ms: 8, p95Ms: 8 },
  ]);
});

it('the buckets of a group add up to its total, whatever their length', async () => {
  const store = await storeWith(ROWS);
  const totals = await store.usage(HOUR);
  for (const bucketMs of [5 * 60_000, HOUR.bucketMs, 24 * HOUR.bucketMs]) {
    const buckets = await store.usageBuckets({ ...HOUR, bucketMs });
    for (const { group, requests, errors } of totals) {
      const own = buckets.filter((bucket) => bucket.group === group);
      expect(own.reduce((sum, bucket) => sum + bucket.requests, 0)).toBe(requests);
      expect(own.reduce((sum, bucket) => sum + bucket.errors, 0)).toBe(errors);
      expect(own.every(({ atMs }) => atMs % bucketMs === 0)).toBe(true);
    }
  }
});

it('groups by lane, model and user alike, and returns no more rows than asked for', async () => {
  const startedMs = at('12:00:00');
  const store = await storeWith([
    { startedMs, lane: 'coder', target: 'x/m', user: 'ada' },
    { startedMs, lane: 'coder', target: 'y/m', user: 'ada' },
  ]);
  const groups = async (groupBy: UsageBucketQuery['groupBy']): Promise<unknown> =>
    (await store.usageBuckets({ ...HOUR, groupBy })).map(({ group, requests }) => [group, requests]);
  expect(await groups('lane')).toEqual([['coder', 2]]);
  expect(await groups('model')).toEqual([
    ['x/m', 1],
    ['y/m', 1],
  ]);
  expect(await groups('user')).toEqual([['ada', 2]]);
  expect(await store.usageBuckets({ ...HOUR, groupBy: 'model', limit: 1 })).toHaveLength(1);
});
