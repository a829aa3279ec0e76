import { mkdir } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { StoreClient } from './threads/client.ts';
import { StoreFault } from './files/fault.ts';
import { warnOfFileSystem } from './files/file-system.ts';
import type { Log } from '../protocol/log.ts';
import type { OpeningMessage, WorkerInput } from './threads/messages.ts';
import type { Retention, Store } from './store.ts';
import { endThread, startThread } from './threads/threads.ts';
import { UnwritableStore } from './files/unwritable.ts';
import { UPKEEP_TIMES, type MaintenanceTimes } from './maintenance.ts';

/** Where the state lies, and who hears of trouble. */
export interface StoreOptions {
  /** The state directory (`LANEWAY_DATA_DIR`); made with mode 0700 when missing. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log: Log;
  /** How long the ledger is kept; DESIGN section 3's defaults unless said. */
  readonly retention?: Retention;
  /** When the chores of an open store are done. */
  readonly maintenance?: MaintenanceTimes;
}

const RETENTION: Retention = { days: 30, maxRows: 1_000_000 };

/**
 * Opens the state of a gateway: takes the directory for this process, checks or creates `laneway.db` and starts the
 * thread that writes it.
 *
 * Throws a StoreFault when the gateway must not start: exit 3, the state file is damaged or of another schema (it is
 * left as it was); exit 4, another gateway has the directory. A directory that cannot be written is no fault: the
 * store that comes back refuses changes with StoreUnavailable, and one warning says why (DESIGN section 9).
 */
export async function openStore({
  directory,
  now = Date.now,
  log,
  retention = RETENTION,
  maintenance = UPKEEP_TIMES,
}: StoreOptions): Promise<Store> {
  let opening: OpeningMessage;
  let worker: Worker | null = null;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const input: WorkerInput = { directory, at: new Date(now()).toISOString() };
    worker = startThread('./worker.ts', input);
    [opening] = await Promise.all([firstMessage(worker), warnOfFileSystem(directory, log)]);
  } catch (error) {
    opening = { opening: 'unwritable', message: (error as Error).message, state: null };
  }
  // It ends by itself; who refuses to start ends the process, and that must not stop the thread on its way.
  if (opening.opening !== 'ready' && worker !== null) await endThread(worker);
  if (opening.opening === 'refused') throw new StoreFault(opening.exitCode, opening.message);
  if (opening.opening === 'ready' && worker !== null) {
    return new StoreClient(worker, { directory, now, log, retention, maintenance });
  }
  const why = opening.opening === 'unwritable' ? opening.message : 'the store worker did not start';
  log.warn({ directory, why }, 'the state directory cannot be used; the gateway serves without state');
  return new UnwritableStore(why, opening.opening === 'unwritable' ? opening.state : null);
}

/** What the worker says first; rejects when it ends without a word. */
function firstMessage(worker: Worker): Promise<OpeningMessage> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    // These stay: an error of a worker that nobody listens to any more would end the process.
    worker.on('error', (error) => reject(error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', (code) =>
      reject(new Error(`the store worker ended with code ${code} before it was ready`)),
    );
  });
}
