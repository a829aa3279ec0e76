/** The store's reader: a thread with a read-only connection, so that a report never delays a switch. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectReadOnly } from '../files/database.ts';
import type { ReportCalls, ReportInput } from './messages.ts';
import { Reports } from '../ledger/report-queries.ts';
import { databasePath } from '../files/paths.ts';
import { serve, type Handlers } from './threads.ts';

if (parentPort === null) throw new Error('report-worker.ts must be run as a worker thread');
const { directory } = workerData as ReportInput;
const database = connectReadOnly(databasePath(directory), 'live');
const reports = new Reports(database);

const handlers: Handlers<ReportCalls> = {
  listRows: (query) => reports.listRows(query),
  getRow: (id) => reports.getRow(id),
  listAudit: (query) => reports.listAudit(query),
  verifyAudit: () => reports.verifyAudit(),
  usage: (query) => reports.usage(query),
  usageBuckets: (query) => reports.usageBuckets(query),
  attemptTotals: (span) => reports.attemptTotals(span),
  newestBeyond: (count) => reports.newestBeyond(count),
};

serve(parentPort, handlers, () => {
  database.close();
});
