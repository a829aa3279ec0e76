import { Worker } from 'node:worker_threads';
import { GatewayError } from '../../protocol/errors.ts';
import type { BodyTask, TaskOutcome } from './task.ts';

/** The worker is terminated after this many milliseconds without work, since it occupies 20 MB of memory. */
const IDLE_MS = 30_000;

interface QueuedTask {
  readonly task: BodyTask;
  readonly body: ArrayBuffer;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (outcome: TaskOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The worker thread for large bodies: started by the first task, terminated after an idle period. It gets one task at
 * a time, so that queued tasks can still be dropped.
 */
export class WorkerLink {
  readonly #onStartFailure: (cause: string) => void;
  readonly #program: URL;
  #failureReported = false;
  readonly #queue: QueuedTask[] = [];
  #running: { readonly worker: Worker; readonly queued: QueuedTask } | null = null;
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;

  /** `onStartFailure` is called the first time that the thread cannot start; `program` is what the thread runs. */
  constructor(
    onStartFailure: (cause: string) => void,
    program: URL = new URL('./worker.ts', import.meta.url),
  ) {
    this.#onStartFailure = onStartFailure;
    this.#program = program;
  }

  /**
   * Runs one task in the worker. The memory of `body` is transferred to the worker and returns with the outcome.
   * Rejects with a `GatewayError` `overloaded` if the worker cannot start or died during the task (the body is lost then),
   * or if `signal` was aborted before the task started.
   */
  run(task: BodyTask, body: ArrayBuffer, signal?: AbortSignal): Promise<TaskOutcome> {
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      this.#queue.push({ task, body, signal, resolve, reject });
      this.#next();
    });
  }

  /** Terminates the worker; the running task and all queued ones reject with `overloaded`. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    for (const { reject } of this.#queue.splice(0)) reject(lostBody());
    await worker?.terminate();
  }

  #next(): void {
    if (this.#running !== null) return;
    const queued = this.#queue.shift();
    if (queued === undefined) {
      this.#startIdleTimer();
    } else if (queued.signal?.aborted === true) {
      queued.reject(new GatewayError('overloaded', 'the client disconnected before its body was processed'));
      this.#next();
    } else {
      this.#begin(queued);
    }
  }

  #begin(queued: QueuedTask): void {
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    this.#running = { worker, queued };
    worker.postMessage(queued.task, [queued.body]);
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { execArgv: [], env: {} });
    worker.on('message', (outcome: TaskOutcome) => {
      this.#ended(worker)?.resolve(outcome);
    });
    worker.on('error', (error: unknown) => {
      this.#onDeath(worker, isStartFailure(error) ? this.#cannotStart(error) : lostBody());
    });
    worker.on('exit', () => {
      this.#onDeath(worker, lostBody());
    });
    return worker;
  }

  /** Returns the task that this worker was running, null if none, and starts the next one. */
  #ended(worker: Worker): QueuedTask | null {
    if (this.#running?.worker !== worker) return null;
    const { queued } = this.#running;
    this.#running = null;
    this.#next();
    return queued;
  }

  /** Lets the process exit while the worker is idle, and terminates the worker after `IDLE_MS`. */
  #startIdleTimer(): void {
    this.#worker?.unref();
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      void this.close();
    }, IDLE_MS).unref();
  }

  /** The body was lost with the worker (most likely out of memory); the next task starts a new one. */
  #onDeath(worker: Worker, error: GatewayError): void {
    if (this.#worker === worker) this.#worker = null;
    this.#ended(worker)?.reject(error);
  }

  #cannotStart(error: Error): GatewayError {
    if (!this.#failureReported) this.#onStartFailure(error.message);
    this.#failureReported = true;
    return new GatewayError(
      'overloaded',
      'the body could not be processed: the thread for large bodies cannot start; if Laneway was upgraded, restart it',
    );
  }
}

/** A file of the program is missing, or of another version: the package was replaced under the running gateway. */
function isStartFailure(error: unknown): error is Error {
  if (error instanceof SyntaxError) return true;
  return error instanceof Error && 'code' in error && /MODULE_NOT_FOUND$/.test(String(error.code));
}

function lostBody(): GatewayError {
  return new GatewayError('overloaded', 'the body could not be processed; retry', { retryAfterS: 1 });
}
