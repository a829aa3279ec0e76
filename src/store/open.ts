import { mkdir } from 'node:fs/promises';
import { getCompileCacheDir } from 'node:module';
import { Worker } from 'node:worker_threads';
import { StoreClient } from './client.ts';
import { StoreFault } from './fault.ts';
import type { StoreLog } from './log.ts';
import type { OpeningMessage, WorkerInput } from './messages.ts';
import type { Store } from './store.ts';
import { UnwritableStore } from './unwritable.ts';

/** Where the state lies, and who hears of trouble. */
export interface StoreOptions {
  /** The state directory (`LANEWAY_DATA_DIR`); made with mode 0700 when missing. */
  readonly directory: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly log: StoreLog;
}

/**
 * Opens the state of a gateway: takes the directory for this process, checks or creates `laneway.db` and starts the
 * one thread that SQLite runs in.
 *
 * Throws a StoreFault when the gateway must not start: exit 3, the state file is damaged or of another schema (it is
 * left as it was); exit 4, another gateway has the directory. A directory that cannot be written is no fault: the
 * store that comes back refuses changes with StoreUnavailable, and one warning says why (DESIGN section 9).
 */
export async function openStore({ directory, now = Date.now, log }: StoreOptions): Promise<Store> {
  let opening: OpeningMessage;
  let worker: Worker | null = null;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    worker = startWorker({ directory, at: new Date(now()).toISOString() });
    opening = await firstMessage(worker);
  } catch (error) {
    opening = { opening: 'unwritable', message: (error as Error).message, state: null };
  }
  if (opening.opening === 'refused') throw new StoreFault(opening.exitCode, opening.message);
  if (opening.opening === 'ready' && worker !== null) return new StoreClient(worker, log);
  const why = opening.opening === 'unwritable' ? opening.message : 'the store worker did not start';
  log.warn('the state directory cannot be used; the gateway serves without state', { directory, why });
  return new UnwritableStore(why, opening.opening === 'unwritable' ? opening.state : null);
}

function startWorker(input: WorkerInput): Worker {
  // A thread does not take over the process' cache of compiled code, which saves half of its 80 ms start.
  const cache = getCompileCacheDir();
  return new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: input,
    // A flag such as --watch or --test is the main thread's; keys of the environment have no business in there.
    execArgv: [],
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
  });
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
