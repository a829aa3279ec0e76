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

/** How long the thread stays without a report; it takes about 8 MB. */
const IDLE_MS = 30_000;

/**
 * The reader. Its thread is started by a report, and ends after 30 s without one. If it dies, reports in progress fail
 * with StoreUnavailable.
 */
export class ReportThread {
  readonly #start: StartReader;
  readonly #log: Log;
  #thread: ThreadCalls<ReportCalls> | null = null;
  #closed = false;
  #ending: Promise<void> | null = null;
  readonly #idleMs: number;
  #idle: NodeJS.Timeout | undefined;

  constructor(start: StartReader, log: Log, idleMs = IDLE_MS) {
    this.#start = start;
    this.#log = log;
    this.#idleMs = idleMs;
  }

  /** Requests a report of everything committed so far. Keeps the process alive until it is answered. */
  async call<M extends keyof ReportCalls>(
    method: M,
    argument: ReportCalls[M]['argument'],
  ): Promise<ReportCalls[M]['result']> {
    if (this.#closed) throw new StoreUnavailable('the store is closed');
    clearTimeout(this.#idle);
    const thread = (this.#thread ??= this.#open());
    try {
      return await thread.callAndWait(method, argument);
    } finally {
      if (thread === this.#thread) this.#endWhenIdle(thread);
    }
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

  #endWhenIdle(thread: ThreadCalls<ReportCalls>): void {
    clearTimeout(this.#idle);
    if (thread.isBusy) return;
    this.#idle = setTimeout(() => {
      if (thread !== this.#thread) return;
      this.#thread = null;
      void thread.end('no report for a while');
    }, this.#idleMs).unref();
  }

  async #end(why: string): Promise<void> {
    clearTimeout(this.#idle);
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
