import { Worker } from 'node:worker_threads';
import { GatewayError } from '../../protocol/errors.ts';
import type { BodyTask, TaskOutcome } from './task.ts';

/** The worker ends after this many milliseconds without work: it holds 20 MB. */
const IDLE_MS = 30_000;

/** For whom work is done: once it is gone, work that has not begun is dropped. */
export interface Asker {
  readonly disconnected: boolean;
}

interface Job {
  readonly task: BodyTask;
  readonly body: ArrayBuffer;
  readonly asker: Asker;
  readonly resolve: (outcome: TaskOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The thread that works on large bodies: started by the first of them, ended when none came for a while. It gets one
 * task at a time, so that those behind it can still be dropped.
 */
export class WorkerLink {
  readonly #queue: Job[] = [];
  #running: { readonly worker: Worker; readonly job: Job } | null = null;
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;

  /**
   * Has one task done. The memory of `body` goes to the worker; it comes back with the outcome. Rejects with a
   * `GatewayError` `overloaded` when the thread died over it, and the body is lost then; or when `asker` was gone
   * before its turn came.
   */
  run(task: BodyTask, body: ArrayBuffer, asker: Asker): Promise<TaskOutcome> {
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, body, asker, resolve, reject });
      this.#next();
    });
  }

  /** Ends the thread; what it still works on, and what waits for it, is refused. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    for (const { reject } of this.#queue.splice(0)) reject(unread());
    await worker?.terminate();
  }

  #next(): void {
    if (this.#running !== null) return;
    const job = this.#queue.shift();
    if (job === undefined) {
      this.#rest();
    } else if (job.asker.disconnected) {
      job.reject(new GatewayError('overloaded', 'the client left before its body was worked on'));
      this.#next();
    } else {
      this.#begin(job);
    }
  }

  #begin(job: Job): void {
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    this.#running = { worker, job };
    worker.postMessage(job.task, [job.body]);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { execArgv: [], env: {} });
    worker.on('message', (outcome: TaskOutcome) => {
      this.#ended(worker)?.resolve(outcome);
    });
    worker.on('error', () => {
      this.#onDeath(worker);
    });
    worker.on('exit', () => {
      this.#onDeath(worker);
    });
    return worker;
  }

  /** The job that this worker had; the next one begins. Null when it had none. */
  #ended(worker: Worker): Job | null {
    if (this.#running?.worker !== worker) return null;
    const { job } = this.#running;
    this.#running = null;
    this.#next();
    return job;
  }

  /** Nothing to do: the worker does not keep the process alive, and ends by and by. */
  #rest(): void {
    this.#worker?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.close();
    }, IDLE_MS).unref();
  }

  /** The body went down with the thread (out of memory, most likely); the next one gets another thread. */
  #onDeath(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null;
    this.#ended(worker)?.reject(unread());
  }
}

function unread(): GatewayError {
  return new GatewayError('overloaded', 'the body could not be read; try again', { retryAfterS: 1 });
}
