import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openStore } from '../../../src/store/open.ts';
import { StoreUnavailable, type Store } from '../../../src/store/store.ts';
import {
  AT,
  configuration,
  ledgerRow,
  rowId,
  numberedSwitch,
  openForTest,
  page,
  readableLog,
  startChild,
  temporaryFolder,
  withDatabase,
} from '../harness.ts';

/** Every call that returns a promise. */
function everyCall(store: Store): Promise<unknown>[] {
  return [
    store.load(),
    store.assign(numberedSwitch(1)),
    store.resetAssignments({ actor: 'local', at: '', labels: {} }),
    store.noteConfiguration(configuration('one', '')),
    store.expireAssignments({ at: '', labels: {} }),
    store.lastStep({ user: null, subject: 'evaluate' }, null),
    store.listAudit({ limit: 1, before: null, subject: null }),
    store.usage({ groupBy: 'node', from: AT, to: AT }),
    store.listRequests(page(1, null)),
    store.getRequest(rowId(1)),
  ];
}

async function expectAllUnavailable(calls: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(calls)) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(StoreUnavailable) as unknown });
  }
}

describe('closing the store', () => {
  it('writes waiting rows, releases the directory, and may be repeated', async () => {
    const directory = temporaryFolder();
    const store = await openForTest(directory);
    for (let number = 0; number < 2_500; number += 1) store.record(ledgerRow(rowId(10_000 + number)));
    await Promise.all([store.close(), store.close()]);
    await store.close();
    expect(readdirSync(directory).toSorted()).toEqual(['laneway.db', 'lock.db']);
    const again = await openForTest(directory);
    expect((await again.listRequests(page(2, rowId(10001)))).requests.map((row) => row.id)).toEqual([
      rowId(10000),
    ]);
    expect(await again.getRequest(rowId(12499))).not.toBeNull();
  });

  it('answers earlier calls and rejects later ones', async () => {
    const store = await openForTest(temporaryFolder());
    const before = everyCall(store);
    const closed = store.close();
    await expectAllUnavailable(everyCall(store));
    await closed;
    await Promise.all(before);
    expect(() => store.record(ledgerRow(rowId(1)))).not.toThrow();
    await expectAllUnavailable(everyCall(store));
  });

  it('is not needed for the process to end', async () => {
    const child = startChild('idle', temporaryFolder());
    expect(await child.exitCode()).toBe(0);
  });
});

describe('when the store worker dies', () => {
  /** Sends an invalid message. Not `terminate()`, which can abort the process while SQLite's library is in use. */
  function die(worker: Worker): void {
    worker.postMessage(null);
  }

  async function openWithWorker(log = readableLog()): Promise<{ store: Store; worker: Worker }> {
    const started = once(process, 'worker') as Promise<[Worker]>;
    const store = await openForTest(temporaryFolder(), log);
    return { store, worker: (await started)[0] };
  }

  it('pending and later calls are rejected, rows are accepted, and one line is logged', async () => {
    const log = readableLog();
    const { store, worker } = await openWithWorker(log);
    store.record(ledgerRow(rowId(0)));
    const waiting = Promise.allSettled(everyCall(store));
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    die(worker);
    for (const outcome of await waiting) {
      // The worker may have answered some calls before its end; none hangs.
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(StoreUnavailable);
    }
    await ended;
    await expectAllUnavailable(everyCall(store));
    expect(() => store.record(ledgerRow(rowId(1)))).not.toThrow();
    expect(store.status()).toMatchObject({ available: false, waitingRows: 0, droppedRows: 2 });
    expect(store.status().why).toContain('the store worker stopped');
    expect(log.lines.map((line) => line.message)).toEqual([
      'the store worker stopped; serving without state until the gateway is restarted',
      'ledger rows were dropped',
    ]);
    await store.close();
  });

  it('the store can still be closed while it dies', async () => {
    const { store, worker } = await openWithWorker();
    store.record(ledgerRow(rowId(0)));
    const closed = store.close();
    die(worker);
    await closed;
  });
});

it('migrations are recorded with the time of the injected clock', async () => {
  const directory = temporaryFolder();
  const store = await openStore({ directory, log: readableLog(), now: () => 0 });
  await store.close();
  const times = withDatabase(directory, (database) =>
    database.prepare('SELECT applied_at FROM schema_migrations').pluck().all(),
  );
  expect(new Set(times)).toEqual(new Set(['1970-01-01T00:00:00.000Z']));
});
