import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { StoreUnavailable } from '../../../src/store/store.ts';
import {
  AT,
  ledgerRow,
  rowId,
  numberedSwitch,
  openForTest,
  page,
  readableLog,
  temporaryFolder,
} from '../harness.ts';
import { filledDirectory, openWith } from '../maintenance.ts';

const EVER = { groupBy: 'node', from: AT, to: '2100-01-01T00:00:00.000Z' } as const;

it('switches are answered while a report on a long ledger is in progress', async () => {
  const store = await openForTest(filledDirectory(120_000, { rowBytes: 2 }));
  const order: string[] = [];
  const report = store.usage(EVER).then((rows) => {
    order.push('report');
    return rows;
  });
  for (let number = 1; number <= 10; number += 1) await store.assign(numberedSwitch(number));
  order.push('switches');
  const rows = await report;
  expect(order).toEqual(['switches', 'report']);
  expect(rows.map(({ requests }) => requests).reduce((sum, count) => sum + count)).toBe(120_000);
});

it('the report thread is not started before the first report', async () => {
  const started: Worker[] = [];
  const onWorker = (worker: Worker): void => void started.push(worker);
  process.on('worker', onWorker);
  const store = await openForTest(temporaryFolder());
  await store.assign(numberedSwitch(1));
  store.record(ledgerRow(rowId(1)));
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(started).toHaveLength(1);
  await store.listRequests(page(1));
  await store.getRequest(rowId(1));
  expect(started).toHaveLength(2);
  process.off('worker', onWorker);
});

it('when the report thread dies, reports in progress are rejected, the next one restarts it, and switches go on', async () => {
  const log = readableLog();
  const store = await openWith({ directory: filledDirectory(60_000, { rowBytes: 2 }), log });
  const started = once(process, 'worker') as Promise<[Worker]>;
  await store.getRequest(rowId(1));
  const [thread] = await started;
  thread.postMessage(null); // an invalid message kills the thread
  await expect(store.usage(EVER)).rejects.toBeInstanceOf(StoreUnavailable);
  expect(log.lines).toMatchObject([{ level: 'warn', message: /the next report restarts it/ }]);
  expect(store.status().available).toBe(true);
  await store.assign(numberedSwitch(1));
  expect((await store.listAudit({ limit: 1, before: null, subject: null })).entries).toHaveLength(1);
  expect(await store.usage(EVER)).toHaveLength(7);
});

it('a row is found from the moment it is recorded, and listed once', async () => {
  const store = await openForTest(temporaryFolder());
  for (let number = 0; number < 400; number += 1) {
    const id = rowId(1_000 + number);
    store.record(ledgerRow(id, { state: 'running', durationMs: null }));
    if (number % 3 === 0) store.record(ledgerRow(id));
    const [found, { requests }] = await Promise.all([store.getRequest(id), store.listRequests(page(3))]);
    expect(found?.id).toBe(id);
    expect(requests[0]?.id).toBe(id);
    expect(new Set(requests.map((row) => row.id)).size).toBe(requests.length);
  }
  expect((await store.listRequests(page(500))).requests).toHaveLength(400);
});

it('a change is in the audit once it is acknowledged', async () => {
  const store = await openForTest(temporaryFolder());
  for (let number = 1; number <= 50; number += 1) {
    await store.assign(numberedSwitch(number));
    const { entries } = await store.listAudit({ limit: 1, before: null, subject: null });
    expect(entries[0]?.to).toBe(`groq/model-${number}`);
  }
});
