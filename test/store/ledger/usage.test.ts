import { expect, it } from 'vitest';
import type { LedgerRow } from '../../../src/protocol/ledger.ts';
import type { Store, UsageQuery } from '../../../src/store/store.ts';
import { requestId, requestNumberAt } from '../../../src/util/request-id.ts';
import { ledgerRow, openForTest, temporaryFolder } from '../harness.ts';

const DAY: UsageQuery = {
  groupBy: 'node',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-02T00:00:00.000Z',
};

const EMPTY = { requests: 0, errors: 0, inputTokens: null, outputTokens: null, p50Ms: null, p95Ms: null };

/** A store with these requests, each with an id made at its time. */
async function storeWith(rows: readonly Partial<LedgerRow>[]): Promise<Store> {
  const directory = temporaryFolder();
  const store = await openForTest(directory);
  for (const row of rows) {
    const startedMs = row.startedMs ?? Date.parse('2026-01-01T12:00:00.000Z');
    const id = requestId(requestNumberAt(startedMs) + rows.indexOf(row), 'test');
    store.record(ledgerRow(id, { startedMs, ...row }));
  }
  await store.close();
  return openForTest(directory);
}

it('adds up requests, errors and tokens of each group, the largest first', async () => {
  const store = await storeWith([
    { node: 'a', inputTokens: 10, outputTokens: 1, durationMs: 100 },
    { node: 'a', inputTokens: 20, outputTokens: null, durationMs: 300 },
    { node: 'a', state: 'failed', status: 502, inputTokens: null, outputTokens: null, durationMs: 9_000 },
    { node: 'a', state: 'partial', inputTokens: 5, outputTokens: 2, durationMs: 8_000 },
    { node: 'a', state: 'client_closed', inputTokens: null, outputTokens: null, durationMs: 7_000 },
    { node: null, inputTokens: null, outputTokens: null, durationMs: 50 },
    { node: null, inputTokens: null, outputTokens: null, durationMs: 70 },
    { node: 'b', state: 'running', inputTokens: null, outputTokens: null, durationMs: null }, // interrupted by the restart
  ]);
  expect(await store.usage(DAY)).toEqual([
    { group: 'a', requests: 5, errors: 2, inputTokens: 35, outputTokens: 3, p50Ms: 100, p95Ms: 300 },
    { ...EMPTY, group: null, requests: 2, p50Ms: 50, p95Ms: 70 },
    { ...EMPTY, group: 'b', requests: 1, errors: 1 },
  ]);
});

it('returns durations of actual requests as percentiles: 50 and 95 for 1 to 100 ms, and the duration of a single request', async () => {
  const hundred = Array.from({ length: 100 }, (_, index) => ({
    node: 'a',
    durationMs: ((index * 37) % 100) + 1,
  }));
  const store = await storeWith([
    ...hundred,
    ...[7, 9, 8].map((durationMs) => ({ node: 'c', durationMs })),
    { node: 'b', durationMs: 412.5 },
  ]);
  expect((await store.usage(DAY)).map(({ group, p50Ms, p95Ms }) => [group, p50Ms, p95Ms])).toEqual([
    ['a', 50, 95],
    ['c', 8, 9],
    ['b', 412.5, 412.5],
  ]);
});

it('counts requests by their start; `from` is inclusive, `to` exclusive', async () => {
  const store = await storeWith([
    { node: 'before', startedMs: Date.parse('2025-12-31T23:59:59.999Z') },
    { node: 'first', startedMs: Date.parse('2026-01-01T00:00:00.000Z') },
    { node: 'last', startedMs: Date.parse('2026-01-01T23:59:59.999Z') },
    { node: 'after', startedMs: Date.parse('2026-01-02T00:00:00.000Z') },
  ]);
  expect((await store.usage(DAY)).map((row) => row.group)).toEqual(['first', 'last']);
  const written = { ...DAY, from: '2026-01-01T00:00:00Z', to: '2026-01-02T02:00:00+02:00' };
  expect((await store.usage(written)).map((row) => row.group)).toEqual(['first', 'last']);
  const always = { ...DAY, from: '0001-01-01', to: '9999-01-01' };
  expect(await store.usage(always)).toHaveLength(4);
});

it('groups by lane, model and user', async () => {
  const store = await storeWith([
    { lane: 'coder', target: 'groq/quick', user: 'ann' },
    { lane: 'coder', target: 'groq/slow', user: null },
    { lane: 'fast_rag', target: 'groq/slow', user: null },
  ]);
  const groups = async (groupBy: UsageQuery['groupBy']): Promise<unknown> =>
    (await store.usage({ ...DAY, groupBy })).map((row) => [row.group, row.requests]);
  expect(await groups('lane')).toEqual([
    ['coder', 2],
    ['fast_rag', 1],
  ]);
  expect(await groups('model')).toEqual([
    ['groq/slow', 2],
    ['groq/quick', 1],
  ]);
  expect(await groups('user')).toEqual([
    [null, 2],
    ['ann', 1],
  ]);
});

it('is empty for a time without requests', async () => {
  const store = await storeWith([{}]);
  expect(await store.usage({ ...DAY, from: '2026-03-01', to: '2026-03-02' })).toEqual([]);
});
