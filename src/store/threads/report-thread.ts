import type { Worker } from 'node:worker_threads';
import type { Log } from '../../protocol/log.ts';
import type { ReportCalls, ReportInput } from './messages.ts';
import { StoreUnavailable } from '../store.ts';
import { startThread, ThreadCalls } from './threads.ts';

/** Starts the reader's thread. */
export type StartReader = () => Worker;

/** Starts readers of a state directory. */
export function readerFor(directory: string): StartReader {
  return () =>
    startThread(new URL('./report-worker.ts', import.meta.url), { directory } satisfies ReportInput);
}

/**
 * The reader. Its thread is started by the first report, and by the next one after it died; reports in progress then
 * fail with StoreUnavailable.
 */
export class ReportThread {
  readonly #start: StartReader;
  readonly #log: Log;
  #thread: ThreadCalls<ReportCalls> | null = null;
  #closed = false;
  #ending: Promise<void> | null = null;

  constructor(start: StartReader, log: Log) {
    this.#start = start;
    this.#log = log;
  }

  /** Requests a report of everything committed so far. Keeps the process alive until it is answered. */
  call<M extends keyof ReportCalls>(
    method: M,
    argument: ReportCalls[M]['argument'],
  ): Promise<ReportCalls[M]['result']> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('the store is closed'));
    this.#thread ??= this.#open();
    return this.#thread.callAndWait(method, argument);
  }

  /** Ends the thread after it has answered all calls. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.idle();
    await this.end('the store is closed');
  }

  /** Rejects the calls in progress and ends the thread. */
  end(why: string): Promise<void> {
    this.#closed = true;
    this.#ending ??= this.#end(why);
    return this.#ending;
  }

  async #end(why: string): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    if (thread === null || (await thread.end(why))) return;
    this.#log.warn({ why }, 'the report thread did not stop in time; no longer waiting for it');
  }

  #open(): ThreadCalls<ReportCalls> {
    return new ThreadCalls<ReportCalls>(this.#start(), (why) => {
      this.#thread = null;
      this.#log.warn({ why }, 'the report thread stopped unexpectedly; the next report restarts it');
    });
  }
}
