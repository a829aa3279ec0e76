import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LedgerQueue } from '../../../src/store/ledger/ledger-queue.ts';
import { REQUEST_WIDTH } from '../../../src/store/ledger/row-encoding.ts';
import type { PackedRows } from '../../../src/store/ledger/row-packing.ts';
import { ledgerRow, rowId, readableLog } from '../harness.ts';

/** A database that can be full, and that records the size of each batch. */
function fillableDatabase(): {
  write: (rows: PackedRows) => Promise<{ refused: 0; reason: null }>;
  full: boolean;
  batches: number[];
} {
  const database = {
    full: false,
    batches: [] as number[],
    write: async (rows: PackedRows): Promise<{ refused: 0; reason: null }> => {
      if (database.full) throw new Error('database or disk is full');
      database.batches.push(rows.cells.length / REQUEST_WIDTH);
      return { refused: 0, reason: null };
    },
  };
  return database;
}

describe('queued ledger rows', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
  });

  it('are written together after 100 ms, or at once when there are 200, and no timer runs while the queue is empty', async () => {
    const database = fillableDatabase();
    const queue = new LedgerQueue(database.write, readableLog());
    expect(vi.getTimerCount()).toBe(0);
    for (let number = 0; number < 3; number += 1) queue.add(ledgerRow(rowId(number)));
    await vi.advanceTimersByTimeAsync(99);
    expect(database.batches).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(database.batches).toEqual([3]);
    expect(vi.getTimerCount()).toBe(0);
    for (let number = 0; number < 200; number += 1) queue.add(ledgerRow(rowId(number)));
    await vi.advanceTimersByTimeAsync(0);
    expect(database.batches).toEqual([3, 200]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are kept in memory while the disk is full, 50,000 at most; the oldest are dropped and counted', async () => {
    const database = fillableDatabase();
    const log = readableLog();
    const queue = new LedgerQueue(database.write, log);
    database.full = true;
    for (let number = 0; number < 50_300; number += 1) queue.add(ledgerRow(rowId(number)));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(queue.waiting(null).size).toBe(49_900);
    expect(queue.find(rowId(50_299))).toBeDefined();
    expect(queue.status()).toEqual({ waiting: 49_900, dropped: 400, failing: 'database or disk is full' });

    database.full = false;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(queue.waiting(null).size).toBe(0);
    expect(queue.status()).toEqual({ waiting: 0, dropped: 400, failing: null });
    expect(database.batches.reduce((sum, batch) => sum + batch, 0)).toBe(49_900);
    expect(vi.getTimerCount()).toBe(0);
    expect(log.lines.map((line) => [line.level, line.fields['dropped']])).toEqual([
      ['error', undefined], // too many rows
      ['error', undefined], // cannot be written: logged once for six attempts
      ['warn', 400],
    ]);
  });

  it('that cannot be written at shutdown are counted, after one more attempt', async () => {
    const database = fillableDatabase();
    const log = readableLog();
    const queue = new LedgerQueue(database.write, log);
    database.full = true;
    queue.add(ledgerRow(rowId(1)));
    await queue.drain();
    queue.add(ledgerRow(rowId(2)));
    expect(log.lines).toMatchObject([
      { level: 'error', message: 'ledger rows were dropped', fields: { rows: 1 } },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
