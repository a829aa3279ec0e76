import type { Worker } from 'node:worker_threads';
import { listCopies } from './copies.ts';
import type { Log } from '../../protocol/log.ts';
import type { BackupOutcome, WorkerInput } from '../threads/messages.ts';
import { endThread, startThread } from '../threads/threads.ts';

const DAY_MS = 86_400_000;

/** Makes a copy of the state file once a day, in a thread of its own that ends with it. */
export class DailyCopy {
  readonly #directory: string;
  readonly #now: () => number;
  readonly #log: Log;
  #thread: Worker | null = null;
  #stopped = false;

  /** `now` gives milliseconds since 1970. */
  constructor(directory: string, now: () => number, log: Log) {
    this.#directory = directory;
    this.#now = now;
    this.#log = log;
  }

  /** Makes a copy when the newest is a day old. Resolves when that is done; a failure is a warning, never a rejection. */
  async run(): Promise<void> {
    try {
      if (this.#stopped || this.#thread !== null || !this.#isDue()) return;
      const outcome = await this.#copy();
      if ('failure' in outcome && !this.#isStopped()) this.#warn(outcome.failure);
    } catch (error) {
      this.#warn(error instanceof Error ? error.message : String(error));
    }
  }

  /** Gives up a copy that is going on; nothing of it stays. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#thread === null || (await endThread(this.#thread))) return;
    this.#log.warn(
      {
        directory: this.#directory,
      },
      'the thread of the daily copy did not end in time and is left alone',
    );
  }

  #isDue(): boolean {
    const newest = listCopies(this.#directory)[0];
    // A copy of tomorrow says that the clock was set back, not that there is time.
    return newest === undefined || Math.abs(this.#now() - Date.parse(newest.at)) >= DAY_MS;
  }

  #copy(): Promise<BackupOutcome> {
    const input: WorkerInput = { directory: this.#directory, at: new Date(this.#now()).toISOString() };
    const thread = startThread('../backup/backup-worker.ts', input);
    thread.unref();
    this.#thread = thread;
    return new Promise((resolve) => {
      let outcome: BackupOutcome = { failure: 'its thread ended' };
      thread.on('message', (message: BackupOutcome) => (outcome = message));
      thread.on('error', (error: unknown) => {
        outcome = { failure: error instanceof Error ? error.message : String(error) };
      });
      thread.on('exit', () => {
        this.#thread = null;
        resolve(outcome);
      });
    });
  }

  /** It may be stopped while it waits. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #warn(why: string): void {
    this.#log.warn(
      {
        directory: this.#directory,
        why,
      },
      'the daily copy of the state could not be made; it is tried again in an hour',
    );
  }
}
