import type { Worker } from 'node:worker_threads';
import { StoreClient } from './threads/client.ts';
import { StoreFault } from './files/fault.ts';
import { makeDirectory } from './files/make-directory.ts';
import { warnOfFileSystem } from './files/file-system.ts';
import type { Log } from '../protocol/log.ts';
import type { OpeningMessage, WorkerInput } from './threads/messages.ts';
import type { Retention, Store } from './store.ts';
import { endThread, startThread } from './threads/threads.ts';
import { UnwritableStore } from './files/unwritable.ts';
import { MAINTENANCE_TIMES, type MaintenanceTimes } from './maintenance.ts';

/** Options of `openStore`. */
export interface StoreOptions {
  /** The state directory (`LANEWAY_DATA_DIR`); created with mode 0700 if missing. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log: Log;
  /** How long ledger rows are kept; default: 30 days, 1,000,000 rows. */
  readonly retention?: Retention;
  /** When maintenance runs. */
  readonly maintenance?: MaintenanceTimes;
}

const RETENTION: Retention = { days: 30, maxRows: 1_000_000 };

/**
 * Opens the state of a gateway: locks the directory for this process, checks or creates `laneway.db` and starts the
 * thread that writes it.
 *
 * Throws a StoreFault when the gateway must not start: exit 3, the state file is damaged or has another schema (it is
 * not changed); exit 4, another gateway uses the directory. If the directory cannot be written, the returned store
 * rejects changes with StoreUnavailable, and one warning says why.
 */
export async function openStore({
  directory,
  now = Date.now,
  log,
  retention = RETENTION,
  maintenance = MAINTENANCE_TIMES,
}: StoreOptions): Promise<Store> {
  let opening: OpeningMessage;
  let worker: Worker | null = null;
  try {
    await makeDirectory(directory);
    const input: WorkerInput = { directory, at: new Date(now()).toISOString() };
    worker = startThread(new URL('./threads/worker.ts', import.meta.url), input);
    [opening] = await Promise.all([firstMessage(worker), warnOfFileSystem(directory, log)]);
  } catch (error) {
    opening = { opening: 'unwritable', message: (error as Error).message, state: null };
  }
  // The thread ends by itself. Wait for it: the caller may end the process, which must not happen while it is loading.
  if (opening.opening !== 'ready' && worker !== null) await endThread(worker);
  if (opening.opening === 'refused') throw new StoreFault(opening.exitCode, opening.message);
  if (opening.opening === 'ready' && worker !== null) {
    return new StoreClient(worker, { directory, now, log, retention, maintenance });
  }
  const why = opening.opening === 'unwritable' ? opening.message : 'the store worker did not start';
  log.warn(
    { directory, why },
    'the state directory cannot be used; serving without state until the gateway is restarted with a writable one',
  );
  return new UnwritableStore(why, opening.opening === 'unwritable' ? opening.state : null);
}

/** The worker's first message; rejects when the worker ends before it. */
function firstMessage(worker: Worker): Promise<OpeningMessage> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    // Never removed: an 'error' event without a listener would end the process.
    worker.on('error', (error) => reject(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) =>
      reject(new Error(`the store worker exited with code ${code} before it was ready`)),
    );
  });
}
