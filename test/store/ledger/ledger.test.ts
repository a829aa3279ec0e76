import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LedgerRow } from '../../../src/protocol/ledger.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  AT,
  ledgerAttempt,
  ledgerRow,
  rowId,
  openForTest,
  page,
  readableLog,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';

async function idsOf(store: Store, limit: number, before: string | null): Promise<[string[], string | null]> {
  const { requests, next } = await store.listRequests(page(limit, before));
  return [requests.map((row) => row.id), next];
}

/** Opens the directory again, so that rows are read from the database. */
async function reopened(store: Store, directory: string): Promise<Store> {
  await store.close();
  return openForTest(directory);
}

describe('a ledger row', () => {
  it('is read back from the database with every field unchanged', async () => {
    const directory = temporaryFolder();
    const full: LedgerRow = {
      ...{
        id: rowId(1),
        state: 'failed',
        startedMs: Date.parse('2026-03-04T05:06:07.089Z'),
        durationMs: 1_234.5,
      },
      ...{ endpoint: '/v1/x', wire: 'wire', requested: 'asked', node: 'node', lane: 'lane', target: 'a/b' },
      ...{
        generation: 7,
        user: 'user',
        rule: 'deep_ingest',
        clientRequestId: 'theirs',
        stream: false,
        status: 502,
      },
      ...{ inputTokens: 1, outputTokens: 2, cachedInputTokens: 3, reasoningTokens: 4, usageEstimated: true },
      ...{ phases: '["p"]', plan: '["q"]', warnings: '["w"]', error: '{"error":{"message":"ü 漢"}}' },
      attempts: [
        ledgerAttempt(1, { target: 'c/d', class: 'busy', status: 503, startMs: 0.25, firstByteMs: null }),
        ledgerAttempt(2, { possibleDuplicate: true, retryAfterMs: 2_000, message: 'full', durationMs: null }),
      ],
    };
    const bare = ledgerRow(rowId(2), {
      ...{ state: 'client_closed', durationMs: null, node: null, target: null, stream: true, status: null },
      ...{ inputTokens: null, outputTokens: null, attempts: [] },
    });
    const store = await openForTest(directory);
    store.record(full);
    store.record(bare);
    const again = await reopened(store, directory);
    expect(await again.getRequest(rowId(1))).toEqual(full);
    expect(await again.getRequest(rowId(2))).toEqual(bare);
    expect((await again.listRequests(page(10, null))).requests).toEqual([bare, full]);
    expect(await again.getRequest(rowId(3))).toBeNull();
  });

  it('can be read before its batch is written', async () => {
    const store = await openForTest(temporaryFolder());
    expect(store.status()).toEqual({ available: true, why: null, waitingRows: 0, droppedRows: 0 });
    store.record(ledgerRow(rowId(1)));
    expect(store.status().waitingRows).toBe(1);
    expect(await store.getRequest(rowId(1))).toEqual(ledgerRow(rowId(1)));
    expect(await idsOf(store, 10, null)).toEqual([[rowId(1)], null]);
  });

  it('is written in time without another row', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    store.record(ledgerRow(rowId(1)));
    const count = (): unknown =>
      withDatabase(directory, (database) => database.prepare('SELECT count(*) FROM requests').pluck().get());
    for (let wait = 0; wait < 100 && count() === 0; wait += 1) await sleep(20);
    expect(count()).toBe(1);
  });

  it('replaces an earlier one with the same id, including its attempts', async () => {
    const directory = temporaryFolder();
    const running = ledgerRow(rowId(1), {
      ...{ state: 'running', status: null, durationMs: null, target: null },
      attempts: [ledgerAttempt(1)],
    });
    const attempts = [ledgerAttempt(1, { class: 'busy', status: 503 }), ledgerAttempt(2)];
    const settled = ledgerRow(rowId(1), { attempts });
    const store = await openForTest(directory);
    store.record(running);
    store.record(settled); // in one batch
    store.record({ ...running, id: rowId(2) });
    const second = await reopened(store, directory);
    second.record({ ...settled, id: rowId(2) }); // in a later one
    expect(await second.getRequest(rowId(2))).toEqual({ ...settled, id: rowId(2) });
    const third = await reopened(second, directory);
    expect(await third.getRequest(rowId(1))).toEqual(settled);
    expect(await third.getRequest(rowId(2))).toEqual({ ...settled, id: rowId(2) });
    expect(await idsOf(third, 10, null)).toEqual([[rowId(2), rowId(1)], null]);
  });

  it('of a request that runs when the gateway ends is marked interrupted at the next start', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    store.record(ledgerRow(rowId(1), { state: 'running', status: null }));
    store.record(ledgerRow(rowId(2), { state: 'partial' }));
    const again = await reopened(store, directory);
    expect(await again.getRequest(rowId(1))).toMatchObject({ state: 'interrupted' });
    expect(await again.getRequest(rowId(2))).toMatchObject({ state: 'partial' });
  });

  it('that the database rejects is skipped and logged once, and blocks no other row', async () => {
    const directory = temporaryFolder();
    const log = readableLog();
    const store = await openForTest(directory, log);
    store.record(ledgerRow(rowId(1)));
    store.record(ledgerRow(rowId(2), { status: 200.5 })); // not an integer
    store.record(ledgerRow(rowId(3), { attempts: [ledgerAttempt(1), ledgerAttempt(2)] }));
    const again = await reopened(store, directory);
    expect(await idsOf(again, 10, null)).toEqual([[rowId(3), rowId(1)], null]);
    expect((await again.getRequest(rowId(3)))?.attempts).toHaveLength(2);
    expect(log.lines).toMatchObject([{ level: 'error', fields: { rows: 1 } }]);
  });
});

describe('the list of requests', () => {
  it('pages through committed and waiting rows, newest first', async () => {
    const directory = temporaryFolder();
    const ids = Array.from({ length: 25 }, (_, index) => rowId(100 + index));
    const first = await openForTest(directory);
    for (const id of ids.slice(0, 17)) first.record(ledgerRow(id));
    const store = await reopened(first, directory);
    for (const id of ids.slice(17)) store.record(ledgerRow(id));

    const seen: string[] = [];
    let before: string | null = null;
    for (let turn = 0; turn < 3; turn += 1) {
      const [rows, next] = await idsOf(store, 10, before);
      seen.push(...rows);
      before = next;
      expect(next).toBe(turn === 2 ? null : rows.at(-1));
    }
    expect(seen).toEqual(ids.toReversed());
  });

  it('has no next page after the last row, and is empty when nothing was recorded', async () => {
    const store = await openForTest(temporaryFolder());
    expect(await idsOf(store, 2, null)).toEqual([[], null]);
    store.record(ledgerRow(rowId(1)));
    store.record(ledgerRow(rowId(2)));
    expect(await idsOf(store, 2, null)).toEqual([[rowId(2), rowId(1)], null]);
  });

  it('contains each of thousands of rows recorded at once exactly once', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    for (let number = 0; number < 5_000; number += 1) store.record(ledgerRow(rowId(10_000 + number)));
    const again = await reopened(store, directory);
    const counts = (await again.listRequests(page(500, null))).requests;
    expect(counts.map((row) => row.id)).toEqual(
      Array.from({ length: 500 }, (_, index) => rowId(14_999 - index)),
    );
    await again.close();
    const rows = withDatabase(directory, (database) =>
      database.prepare('SELECT count(*) FROM requests').pluck().get(),
    );
    expect(rows).toBe(5_000);
  });
});

describe('the last durations of a node', () => {
  const at = (second: number): number => Date.parse(AT) + second * 1_000;

  it('are those of its last two targets, newest first, and survive a restart', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    const calls = [
      [rowId(1), 'a/one', 1, 100],
      [rowId(2), 'b/two', 2, 200],
      [rowId(3), 'b/two', 3, 250],
      [rowId(4), 'c/three', 4, 300],
    ] as const;
    for (const [id, target, second, durationMs] of calls) {
      store.record(ledgerRow(id, { target, durationMs, startedMs: at(second) }));
    }
    store.record(ledgerRow(rowId(5), { node: 'answer', target: 'a/one', durationMs: 50, startedMs: at(5) }));
    const second = await reopened(store, directory);
    expect((await second.load()).durations).toEqual([
      { node: 'answer', target: 'a/one', lastMs: 50, atMs: at(5) },
      { node: 'evaluate', target: 'c/three', lastMs: 300, atMs: at(4) },
      { node: 'evaluate', target: 'b/two', lastMs: 250, atMs: at(3) },
    ]);
    second.record(ledgerRow(rowId(6), { target: 'b/two', durationMs: 9, startedMs: at(9) }));
    const third = await reopened(second, directory);
    expect((await third.load()).durations.map(({ target, lastMs }) => `${target} ${lastMs}`)).toEqual([
      'b/two 9',
      'a/one 50',
      'c/three 300',
    ]);
  });

  it('come only from settled 2xx requests to a node', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    store.record(ledgerRow(rowId(1), { node: null }));
    store.record(ledgerRow(rowId(2), { status: 502 }));
    store.record(ledgerRow(rowId(3), { state: 'partial' }));
    store.record(ledgerRow(rowId(4), { state: 'client_closed', status: null }));
    store.record(ledgerRow(rowId(5), { state: 'running', status: null, durationMs: null }));
    expect((await (await reopened(store, directory)).load()).durations).toEqual([]);
  });
});
