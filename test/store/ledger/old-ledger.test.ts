import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import type { LedgerRow } from '../../../src/protocol/ledger.ts';
import { migrate, readMigrations } from '../../../src/store/files/migrations.ts';
import { requestId, requestNumber } from '../../../src/util/request-id.ts';
import {
  AT,
  integrityOf,
  ledgerAttempt,
  ledgerRow,
  openForTest,
  page,
  rowId,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';

/** A state directory of the last version with text ids and a table of attempts, with these requests. */
function directoryWith(rows: readonly LedgerRow[]): string {
  const directory = temporaryFolder();
  const database = new Sqlite(join(directory, 'laneway.db'));
  migrate(database, readMigrations().slice(0, 4), AT);
  for (const row of rows) insert(database, row);
  database.pragma('journal_mode = WAL');
  database.close();
  return directory;
}

function insert(database: Sqlite.Database, row: LedgerRow): void {
  database.prepare('INSERT INTO plans (text) VALUES (?) ON CONFLICT DO NOTHING').run(row.plan);
  const { attempts, plan, startedMs, stream, usageEstimated, ...same } = row;
  database
    .prepare(
      `INSERT INTO requests VALUES (@id, @state, @startedAt, @durationMs, @endpoint, @wire, @requested, @node, @lane,
        @target, @generation, @user, @clientRequestId, @stream, @status, @inputTokens, @outputTokens,
        @cachedInputTokens, @reasoningTokens, @phases, (SELECT id FROM plans WHERE text = @plan), @warnings, @error,
        @rule, @usageEstimated)`,
    )
    .run({
      ...same,
      plan,
      startedAt: new Date(startedMs).toISOString(),
      stream: Number(stream),
      usageEstimated: Number(usageEstimated),
    });
  for (const attempt of attempts) {
    database
      .prepare(
        `INSERT INTO attempts VALUES (@id, @n, @target, @class, @status, @startMs, @firstByteMs, @firstTokenMs,
          @durationMs, @possibleDuplicate, @retryAfterMs, @message)`,
      )
      .run({ id: row.id, ...attempt, possibleDuplicate: Number(attempt.possibleDuplicate) });
  }
}

const failed = { class: 'busy', status: 503, message: 'quotes "\\ and\n漢', retryAfterMs: 2_000.125 };

const ERROR = '{"error":{"message":"no target is left; \\"quoted\\"","type":"x","param":null,"code":null}}';

/** Requests of each kind, with fields that differ. */
const KINDS: readonly Partial<LedgerRow>[] = [
  {},
  { stream: false, durationMs: 0.001, attempts: [ledgerAttempt(1, { firstTokenMs: null })] },
  { attempts: [], target: null, status: 400, state: 'failed', error: ERROR, durationMs: 86_399_999.999 },
  {
    ...{ state: 'failed', status: 502, target: null, error: ERROR, warnings: '[{"code":"x","detail":"y"}]' },
    attempts: [1, 2, 3].map((n) => ledgerAttempt(n, { ...failed, possibleDuplicate: n > 1, startMs: n / 8 })),
  },
  { attempts: [ledgerAttempt(1, failed), ledgerAttempt(2, { possibleDuplicate: true })] },
  { state: 'partial', attempts: [ledgerAttempt(1, { ...failed, status: 200 })] },
  { state: 'client_closed', status: null, target: null, attempts: [ledgerAttempt(1, { durationMs: null })] },
  { attempts: [ledgerAttempt(1, { status: 201 })] },
  { attempts: [ledgerAttempt(1, { target: 'groq/other' })] },
  { attempts: [ledgerAttempt(1, { possibleDuplicate: true })] },
  { attempts: [ledgerAttempt(1, { message: '' })] },
  { attempts: [ledgerAttempt(2)] },
  {
    rule: 'deep_ingest',
    lane: 'coder',
    node: null,
    plan: '[{"target":"a/b","reason":"漢;,"}]',
    generation: 7,
  },
  { usageEstimated: true, cachedInputTokens: 3, reasoningTokens: 0, inputTokens: null },
  { user: "ann's; 漢", clientRequestId: 'theirs;"', warnings: '[{"code":"z","detail":null}]' },
  { startedMs: Date.parse('2026-02-28T23:59:59.999Z'), phases: '1,2,,4000000,,,,,9' },
  { requested: '漢;,', endpoint: '/v1/messages', wire: 'anthropic-messages', phases: ',,,,,,,,' },
];

it('traces of the version before are the same, request by request, in lists and totals', async () => {
  const rows = KINDS.map((kind, index) => ledgerRow(rowId(index), kind));
  const directory = directoryWith(rows);
  const store = await openForTest(directory);
  expect((await store.listRequests(page(100))).requests).toEqual(rows.toReversed());
  for (const row of rows) expect(await store.getRequest(row.id)).toEqual(row);
  const total = await store.usage({ groupBy: 'user', from: '2020-01-01', to: '2100-01-01' });
  expect(total.map(({ group, requests, p95Ms }) => [group, requests, p95Ms])).toEqual([
    [null, rows.length - 1, 412.5],
    ["ann's; 漢", 1, 412.5],
  ]);
  await store.close();
  expect(integrityOf(directory)).toBe('ok');
});

it('requests that the version before left running are interrupted, and its plans go with their last request', async () => {
  const old = ledgerRow(rowId(0), { state: 'running', status: null, target: null, durationMs: null });
  const directory = directoryWith([old, ledgerRow(rowId(1), { plan: '["two"]' })]);
  const store = await openForTest(directory);
  expect(await store.getRequest(old.id)).toEqual({ ...old, state: 'interrupted' });
  await store.close();
  expect(
    withDatabase(directory, (database) =>
      database.prepare('SELECT text FROM plans ORDER BY text').pluck().all(),
    ),
  ).toEqual(['["two"]', '[]']);
});

it('requests with one number, of processes whose clock was set back, are all kept; the later ones get new ids', async () => {
  const number = requestNumber(rowId(0));
  const ids = ['aaaa', 'bbbb', 'cccc'].map((mark) => requestId(number, mark));
  const store = await openForTest(directoryWith(ids.map((id) => ledgerRow(id))));
  const { requests } = await store.listRequests(page(9));
  expect(requests.map(({ id }) => id)).toEqual([
    requestId(number + 2, 'cccc'),
    requestId(number + 1, 'bbbb'),
    ids[0],
  ]);
  expect((await store.load()).newestRequest).toBe(number + 2);
  expect(await store.getRequest(ids[1] ?? '')).toBeNull();
});
