import { Worker } from 'node:worker_threads';
import { GatewayError } from '../protocol/errors.ts';
import type { BodyTask, TaskAnswer, TaskCall, TaskOutcome } from './large-body-worker.ts';

/** The worker ends after this many milliseconds without work: it holds 20 MB. */
const IDLE_MS = 30_000;

interface Pending {
  readonly worker: Worker;
  readonly resolve: (outcome: TaskOutcome) => void;
  readonly reject: (error: GatewayError) => void;
}

/** The thread that works on large bodies: started by the first of them, ended when none came for a while. */
export class WorkerLink {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #lastCall = 0;
  #idle: NodeJS.Timeout | undefined;

  /**
   * Has one task done. The memory of `body` goes to the worker; it comes back with the outcome. Rejects with a
   * `GatewayError` `overloaded` when the thread died over it: the body is lost then.
   */
  run(task: BodyTask, body: ArrayBuffer): Promise<TaskOutcome> {
    clearTimeout(this.#idle);
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise((resolve, reject) => {
      const worker = (this.#worker ??= this.#start());
      this.#pending.set(call, { worker, resolve, reject });
      worker.ref();
      worker.postMessage({ call, task } satisfies TaskCall, [body]);
    });
  }

  /** Ends the thread; what it still works on is refused. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL('./large-body-worker.ts', import.meta.url), { execArgv: [], env: {} });
    worker.on('message', (answer: TaskAnswer) => {
      this.#onAnswer(answer);
    });
    worker.on('error', () => {
      this.#onDeath(worker);
    });
    worker.on('exit', () => {
      this.#onDeath(worker);
    });
    return worker;
  }

  #onAnswer({ call, outcome }: TaskAnswer): void {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    if (this.#pending.size === 0) this.#rest();
    pending?.resolve(outcome);
  }

  /** Nothing to do: the worker does not keep the process alive, and ends by and by. */
  #rest(): void {
    this.#worker?.unref();
    this.#idle = setTimeout(() => {
      void this.close();
    }, IDLE_MS).unref();
  }

  /**
   * The bodies went down with the thread (out of memory, most likely); the next request starts another, which may
   * have work before this one's `exit` is heard.
   */
  #onDeath(worker: Worker): void {
    if (this.#worker === worker) this.#worker = null;
    for (const [call, { worker: reader, reject }] of this.#pending) {
      if (reader !== worker) continue;
      this.#pending.delete(call);
      reject(new GatewayError('overloaded', 'the body could not be read; try again', { retryAfterS: 1 }));
    }
  }
}
