import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { listCopies } from '../../../src/store/backup/copies.ts';
import { openStore } from '../../../src/store/open.ts';
import { endThread } from '../../../src/store/threads/threads.ts';
import { numberedSwitch, openForTest, page, readableLog, temporaryFolder } from '../harness.ts';
import { AT_ONCE, filledDirectory, openWith, until } from '../maintenance.ts';

/**
 * Every thread that is started, and how each ended: 0 by itself, 1 when it was stopped wherever it was. That aborts the
 * whole process when it is just loading SQLite's library: one of some hundred stores that were closed at once.
 */
function watchThreads(): { readonly threads: Worker[]; readonly ends: number[] } {
  const watched = { threads: [] as Worker[], ends: [] as number[] };
  const onWorker = (worker: Worker): void => {
    watched.threads.push(worker);
    worker.once('exit', (code) => watched.ends.push(code));
  };
  process.on('worker', onWorker);
  onTestFinished(() => void process.off('worker', onWorker));
  return watched;
}

it('closing waits until writer and reader have ended by themselves', async () => {
  const { threads, ends } = watchThreads();
  const store = await openForTest(temporaryFolder());
  await store.listRequests(page(1));
  await store.close();
  expect(threads).toHaveLength(2);
  expect(ends).toEqual([0, 0]);
});

it('a daily copy whose thread is still loading when the store is closed ends by itself and leaves nothing', async () => {
  const { threads, ends } = watchThreads();
  const directory = temporaryFolder();
  const store = await openWith({ directory, maintenance: AT_ONCE });
  await until(() => threads.length === 2);
  await store.close();
  expect(ends).toEqual([0, 0]);
  expect(listCopies(directory)).toEqual([]);
});

it('when the writer dies, a reader that is still loading ends by itself before the store is closed', async () => {
  const { threads, ends } = watchThreads();
  const store = await openForTest(temporaryFolder());
  const report = store.listRequests(page(1)).catch(() => null);
  threads[0]?.postMessage(null); // an invalid message kills the thread
  await report;
  await store.close();
  expect(ends.toSorted()).toEqual([0, 1]);
});

it('a refused start leaves no thread, also when the copy before a migration fails', async () => {
  const { ends } = watchThreads();
  const directory = filledDirectory(3, { migrations: 1 });
  writeFileSync(join(directory, 'backups'), 'in the way');
  await expect(openStore({ directory, log: readableLog() })).rejects.toThrow(/could not be copied/);
  expect(ends).toEqual([0]);
});

it('a thread that has ended already is not waited for', async () => {
  const started = once(process, 'worker') as Promise<[Worker]>;
  const store = await openForTest(temporaryFolder());
  const [writer] = await started;
  await store.assign(numberedSwitch(1));
  await store.close();
  expect(await endThread(writer)).toBe(true);
});
