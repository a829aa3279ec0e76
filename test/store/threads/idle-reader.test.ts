import { expect, test, vi } from 'vitest';
import { readerFor, ReportThread } from '../../../src/store/threads/report-thread.ts';
import { openForTest, page, temporaryFolder } from '../harness.ts';

const SILENT = { info: () => undefined, warn: vi.fn(), error: () => undefined };

test('the thread of reports ends when there has been none for a while, and the next report works', async () => {
  const directory = temporaryFolder();
  const store = await openForTest(directory);
  const start = vi.fn(readerFor(directory));
  const reports = new ReportThread(start, SILENT, 20);
  const query = page(1, null);
  await Promise.all([reports.call('listRows', query), reports.call('listRows', query)]);
  const worker = start.mock.results[0]?.value as ReturnType<typeof start>;
  await vi.waitFor(() => expect(worker.threadId).toBe(-1), { timeout: 5_000 });
  expect(await reports.call('listRows', query)).toEqual([]);
  expect(start).toHaveBeenCalledTimes(2);
  expect(SILENT.warn).not.toHaveBeenCalled();
  await reports.close();
  await store.close();
});
