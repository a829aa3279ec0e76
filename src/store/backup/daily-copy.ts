import type { Worker } from 'node:worker_threads';
import { StoreUnavailable } from '../store.ts';
import { listCopies, type Copy } from './copies.ts';
import type { Log } from '../../protocol/log.ts';
import type { BackupOutcome, WorkerInput } from '../threads/messages.ts';
import { endThread, startThread } from '../threads/threads.ts';
import { Turns } from '../../util/turns.ts';

const DAY_MS = 86_400_000;

/** Makes copies of the state file, once a day and on demand: one at a time, each in a separate thread. */
export class DailyCopy {
  readonly #directory: string;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #turns = new Turns();
  #thread: Worker | null = null;
  #stopped = false;

  /** `now` gives milliseconds since 1970. */
  constructor(directory: string, now: () => number, log: Log) {
    this.#directory = directory;
    this.#now = now;
    this.#log = log;
  }

  /** Makes a copy if the newest one is a day old. Resolves when done; failures are logged, it never rejects. */
  async run(): Promise<void> {
    try {
      if (this.#stopped || this.#thread !== null || !this.#isDue()) return;
      const outcome = await this.#turns.run(() => this.#copy());
      if ('failure' in outcome && !this.#isStopped()) this.#warn(outcome.failure);
    } catch (error) {
      this.#warn(error instanceof Error ? error.message : String(error));
    }
  }

  /** Makes a copy now, after one that is in progress. Rejects with `StoreUnavailable` when there is none. */
  async make(): Promise<Copy> {
    const outcome = await this.#turns.run(() => this.#copy());
    if ('failure' in outcome) throw new StoreUnavailable(`no backup was made: ${outcome.failure}`);
    const copy = listCopies(this.#directory).find(({ path }) => path === outcome.path);
    if (copy === undefined) throw new StoreUnavailable(`the backup ${outcome.path} has disappeared`);
    return copy;
  }

  /** Cancels a copy in progress and removes what it wrote. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#thread === null || (await endThread(this.#thread))) return;
    this.#log.warn(
      {
        directory: this.#directory,
      },
      'the daily copy of the state file did not stop in time; no longer waiting for it',
    );
  }

  #isDue(): boolean {
    const newest = listCopies(this.#directory)[0];
    // A copy from the future means that the clock was set back.
    return newest === undefined || Math.abs(this.#now() - Date.parse(newest.at)) >= DAY_MS;
  }

  #copy(): Promise<BackupOutcome> {
    if (this.#stopped) return Promise.resolve({ failure: 'the gateway is stopping' });
    const input: WorkerInput = { directory: this.#directory, at: new Date(this.#now()).toISOString() };
    const thread = startThread(new URL('./backup-worker.ts', import.meta.url), input);
    thread.unref();
    this.#thread = thread;
    return new Promise((resolve) => {
      let outcome: BackupOutcome = { failure: 'the copy thread exited without a result' };
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

  /** A method, because the field may change while a copy is made. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #warn(why: string): void {
    this.#log.warn(
      {
        directory: this.#directory,
        why,
      },
      'the daily copy of the state file failed; retrying in one hour',
    );
  }
}
