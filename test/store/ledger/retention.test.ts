import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LedgerRetention } from '../../../src/store/ledger/retention.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  AT,
  ledgerRow,
  rowId,
  numberedSwitch,
  page,
  readableLog,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';
import { AT_ONCE, DAY_MS, filledDirectory, openWith } from '../maintenance.ts';

/** The id of a request that was made on that day after AT. */
const dayId = (day: number): string => rowId(0, new Date(Date.parse(AT) + day * DAY_MS).toISOString());

async function countOf(store: Store): Promise<number> {
  let count = 0;
  for (let before: string | null = null; ;) {
    const { requests, next } = await store.listRequests(page(500, before));
    count += requests.length;
    if (next === null) return count;
    before = next;
  }
}

async function untilCount(store: Store, wanted: number): Promise<void> {
  while ((await countOf(store)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('ledger rows', () => {
  it('that are too old are removed soon after the start, oldest first, with their attempts and plans', async () => {
    const directory = temporaryFolder();
    const store = await openWith({ directory });
    for (let day = 0; day < 10; day += 1) {
      const startedMs = Date.parse(AT) + day * DAY_MS;
      store.record(ledgerRow(dayId(day), { startedMs, plan: day < 5 ? '["old"]' : `["${day}"]` }));
    }
    await store.close();
    const now = () => Date.parse(AT) + 10 * DAY_MS;
    const again = await openWith({
      directory,
      now,
      maintenance: AT_ONCE,
      retention: { days: 3, maxRows: 100 },
    });
    await untilCount(again, 3);
    expect((await again.listRequests(page(9))).requests.map(({ id }) => id)).toEqual([
      dayId(9),
      dayId(8),
      dayId(7),
    ]);
    expect((await again.getRequest(dayId(7)))?.attempts).toHaveLength(1);
    await again.close();
    const left = withDatabase(directory, (database) =>
      ['SELECT count(*) FROM request_kinds', 'SELECT text FROM plans ORDER BY 1'].map((sql) =>
        database.prepare(sql).pluck().all(),
      ),
    );
    expect(left).toEqual([[3], ['["7"]', '["8"]', '["9"]']]);
  });

  it('beyond the maximum number are removed, oldest first, as soon as it is set', async () => {
    const directory = filledDirectory(1_700);
    const store = await openWith({ directory, now: () => Date.parse(AT) });
    expect(await countOf(store)).toBe(1_700);
    store.setRetention({ days: 30, maxRows: 120 });
    await untilCount(store, 120);
    expect((await store.listRequests(page(1))).requests[0]?.id).toBe(rowId(1699));
    store.setRetention({ days: 30, maxRows: 5 });
    store.setRetention({ days: 30, maxRows: 7 });
    await untilCount(store, 7);
  });

  it('within both bounds stay', async () => {
    const store = await openWith({
      directory: filledDirectory(600),
      now: () => Date.parse(AT),
      maintenance: AT_ONCE,
      retention: { days: 1, maxRows: 600 },
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await countOf(store)).toBe(600);
  });

  it('are written with their plan again after it was removed with its last request', async () => {
    const directory = temporaryFolder();
    let now = Date.parse(AT);
    const store = await openWith({ directory, now: () => now });
    store.record(ledgerRow(rowId(1), { plan: '["kept"]' }));
    await untilCount(store, 1);
    await new Promise((resolve) => setTimeout(resolve, 150)); // the batch is written
    now += 40 * DAY_MS;
    store.setRetention({ days: 30, maxRows: 10 });
    await untilCount(store, 0);
    store.record(ledgerRow(rowId(2), { plan: '["kept"]', startedMs: now }));
    await store.close();
    const again = await openWith({ directory });
    expect((await again.getRequest(rowId(2)))?.plan).toBe('["kept"]');
  });
});

it('a switch waits for one transaction of the removal, not for all of it', async () => {
  const store = await openWith({ directory: filledDirectory(20_000), now: () => Date.parse(AT) });
  store.setRetention({ days: 30, maxRows: 1 });
  while ((await store.getRequest(rowId(0))) !== null); // wait until it has begun
  for (let number = 1; number <= 5; number += 1) await store.assign(numberedSwitch(number));
  expect(await store.getRequest(rowId(19998))).not.toBeNull(); // it is still in progress
  await untilCount(store, 1);
});

describe('the removal', () => {
  function retention(trim: () => Promise<boolean>, log = readableLog()): LedgerRetention {
    const path = join(filledDirectory(0), 'laneway.db');
    const newestBeyond = () => Promise.resolve(null);
    return new LedgerRetention({ days: 1, maxRows: 1 }, { path, now: Date.now, log, trim, newestBeyond });
  }

  it('logs one warning when it fails, and is retried by the next run', async () => {
    const log = readableLog();
    let calls = 0;
    const chore = retention(
      () => (calls++ === 0 ? Promise.reject(new Error('disk full')) : Promise.resolve(false)),
      log,
    );
    await chore.run();
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { why: 'disk full' } }]);
    await chore.run();
    expect(calls).toBe(2);
    expect(log.lines).toHaveLength(1);
  });

  it('begins no transaction after the store is closed, and logs nothing', async () => {
    let calls = 0;
    const chore = retention(() => {
      calls += 1;
      chore.stop();
      return Promise.resolve(true);
    });
    await chore.run();
    expect(calls).toBe(1);
  });
});
