import { describe, expect, it } from 'vitest';
import { requestPage } from '../../../src/store/ledger/request-page.ts';
import type { LedgerRow } from '../../../src/protocol/ledger.ts';
import type { RequestQuery, Store } from '../../../src/store/store.ts';
import { ledgerRow, rowId, openForTest, page, temporaryFolder } from '../harness.ts';

async function idsOf(store: Store, query: RequestQuery): Promise<[string[], string | null]> {
  const { requests, next } = await store.listRequests(query);
  return [requests.map((row) => row.id), next];
}

const KINDS: readonly Partial<LedgerRow>[] = [
  { node: 'evaluate', lane: null, target: 'groq/quick', state: 'settled' },
  { node: 'answer', lane: 'coder', target: 'groq/quick', state: 'failed' },
  { node: null, lane: 'coder', target: 'groq/slow', state: 'partial' },
  { node: null, lane: null, target: null, state: 'client_closed' },
];

/** Rows 100 to 119 of alternating kinds; those from 110 on are not committed yet. */
async function halfWaiting(): Promise<Store> {
  const directory = temporaryFolder();
  const rows = Array.from({ length: 20 }, (_, index) => ledgerRow(rowId(100 + index), KINDS[index % 4]));
  const first = await openForTest(directory);
  for (const row of rows.slice(0, 10)) first.record(row);
  await first.close();
  const store = await openForTest(directory);
  for (const row of rows.slice(10)) store.record(row);
  return store;
}

describe('the filters of requests', () => {
  it('list committed and waiting rows', async () => {
    const lists: readonly [Partial<RequestQuery>, readonly number[]][] = [
      [{ node: 'evaluate' }, [116, 112, 108, 104, 100]],
      [{ lane: 'coder' }, [118, 117, 114, 113, 110, 109, 106, 105, 102, 101]],
      [{ target: 'groq/slow' }, [118, 114, 110, 106, 102]],
      [{ state: 'client_closed' }, [119, 115, 111, 107, 103]],
      [{ lane: 'coder', target: 'groq/quick', state: 'failed' }, [117, 113, 109, 105, 101]],
      [{ node: 'evaluate', lane: 'coder' }, []],
    ];
    const store = await halfWaiting();
    const answers = await Promise.all(lists.map(([filters]) => idsOf(store, page(50, null, filters))));
    expect(answers).toEqual(lists.map(([, numbers]) => [numbers.map((number) => rowId(number)), null]));
  });

  it('page through all rows, each once, with a next page only if there is one', async () => {
    const store = await halfWaiting();
    const seen: string[] = [];
    let before: string | null = null;
    for (let pages = 1; pages <= 4; pages += 1) {
      const [ids, next] = await idsOf(store, page(3, before, { lane: 'coder' }));
      seen.push(...ids);
      before = next;
      expect(next).toBe(pages === 4 ? null : ids.at(-1));
    }
    expect(seen).toEqual([118, 117, 114, 113, 110, 109, 106, 105, 102, 101].map((number) => rowId(number)));
  });
});

describe('a page of requests', () => {
  /** A database of rows, newest first, and waiting rows; `onRead` runs between the query and its answer. */
  async function pageOf(
    query: RequestQuery,
    stored: readonly LedgerRow[],
    waiting: Map<string, LedgerRow>,
    onRead: () => void = () => undefined,
  ): Promise<[string[], string | null]> {
    const { requests, next } = await requestPage(query, {
      committed: ({ before, state, limit }) => {
        const older = stored.filter((row) => before === null || row.id < before);
        const rows = older.filter((row) => state === null || row.state === state).slice(0, limit);
        onRead();
        return Promise.resolve(rows);
      },
      waiting: () => waiting,
    });
    return [requests.map((row) => row.id), next];
  }

  const running = (number: number): LedgerRow => ledgerRow(rowId(number), { state: 'running' });

  it('is full although some requests stored as running have ended and wait to be written', async () => {
    const stored = [9, 8, 7, 6, 5, 4, 3, 2, 1].map(running);
    const over = [9, 8, 7, 6].map((number) => ledgerRow(rowId(number)));
    const waiting = new Map(over.map((row) => [row.id, row]));
    expect(await pageOf(page(2, null, { state: 'running' }), stored, waiting)).toEqual([
      [rowId(5), rowId(4)],
      rowId(4),
    ]);
    expect(await pageOf(page(9, null, { state: 'running' }), stored, waiting)).toEqual([
      [rowId(5), rowId(4), rowId(3), rowId(2), rowId(1)],
      null,
    ]);
  });

  it('misses no row whose batch is written while the database reads', async () => {
    const row = ledgerRow(rowId(1));
    const waiting = new Map([[row.id, row]]);
    expect(await pageOf(page(5), [], waiting, () => waiting.clear())).toEqual([[rowId(1)], null]);
  });

  it('does not list a request as running that ended while the database reads', async () => {
    const waiting = new Map<string, LedgerRow>();
    const onRead = (): void => void waiting.set(rowId(1), ledgerRow(rowId(1)));
    expect(await pageOf(page(5, null, { state: 'running' }), [running(1)], waiting, onRead)).toEqual([
      [],
      null,
    ]);
  });
});
