import type { Worker } from 'node:worker_threads';
import type { Log } from '../../protocol/log.ts';
import type { ReportCalls, ReportInput } from './messages.ts';
import { StoreUnavailable } from '../store.ts';
import { startThread, ThreadCalls } from './threads.ts';

/** Starts the reader's thread. */
export type StartReader = () => Worker;

/** The reader of a state directory. */
export function readerOf(directory: string): StartReader {
  return () => startThread('./report-worker.ts', { directory } satisfies ReportInput);
}

/**
 * The reader beside the writer. Its thread is started by the first report, so that a gateway that nobody asks has none,
 * and by the next one when it has died; the reports it was about then fail with StoreUnavailable.
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

  /** Asks for a report; it sees all that was committed before. Keeps the process alive until it is answered. */
  ask<M extends keyof ReportCalls>(
    method: M,
    argument: ReportCalls[M]['argument'],
  ): Promise<ReportCalls[M]['result']> {
    if (this.#closed) return Promise.reject(new StoreUnavailable('the store is closed'));
    this.#thread ??= this.#open();
    return this.#thread.awaited(method, argument);
  }

  /** Ends the thread, once it has answered what it was asked. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.idle();
    await this.end('the store is closed');
  }

  /** Refuses what the thread is about, and ends it as soon as it is through with it. */
  end(why: string): Promise<void> {
    this.#closed = true;
    this.#ending ??= this.#end(why);
    return this.#ending;
  }

  async #end(why: string): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    if (thread === null || (await thread.end(why))) return;
    this.#log.warn({ why }, 'the thread of reports did not end in time and is left alone');
  }

  #open(): ThreadCalls<ReportCalls> {
    return new ThreadCalls<ReportCalls>(this.#start(), (why) => {
      this.#thread = null;
      this.#log.warn({ why }, 'the thread of reports ended; the next report starts it again');
    });
  }
}
