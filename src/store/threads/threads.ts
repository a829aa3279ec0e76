import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker, type MessagePort } from 'node:worker_threads';
import type { AnswerMessage, CallMessage, CallTable, EndMessage } from './messages.ts';
import { StoreUnavailable } from '../store.ts';

/** Starts one of the store's threads. */
export function startThread(program: URL, input: unknown): Worker {
  // A thread does not inherit the process's compile cache, which saves half of its 80 ms start.
  // The function returns the folder of this Node version, which Node adds to the path in the variable.
  const ofVersion = getCompileCacheDir();
  return new Worker(program, {
    workerData: input,
    // Flags such as --watch or --test are for the main thread, and API keys in the environment are not needed here.
    execArgv: [],
    env: ofVersion === undefined ? {} : { NODE_COMPILE_CACHE: dirname(ofVersion) },
  });
}

/** How long to wait for a thread that was asked to end, in milliseconds. */
const END_MS = 5_000;

/**
 * Asks a thread to end and waits for it; a thread that is still loading ends once it is ready. Returns false when it has
 * not ended in time; it then no longer keeps the process alive. Never `terminate()`: terminating a thread while it loads
 * better-sqlite3 aborts the whole process (SIGABRT).
 */
export async function endThread(worker: Worker): Promise<boolean> {
  if (worker.threadId === -1) return true; // has ended already
  const { promise, resolve } = Promise.withResolvers<boolean>();
  worker.once('exit', () => {
    resolve(true);
  });
  const timer = setTimeout(resolve, END_MS, false);
  worker.postMessage({ end: true } satisfies EndMessage);
  const ended = await promise;
  clearTimeout(timer);
  if (!ended) worker.unref();
  return ended;
}

/** A thread's handlers of calls. */
export type Handlers<C extends CallTable<C>> = {
  readonly [M in keyof C]: (argument: C[M]['argument']) => C[M]['result'];
};

/** Answers a call; a handler's error becomes the answer. */
function answer<C extends CallTable<C>, M extends keyof C>(
  handlers: Handlers<C>,
  { call, method, argument }: CallMessage<C, M>,
): AnswerMessage<C> {
  try {
    return { call, result: handlers[method](argument) };
  } catch (error) {
    return { call, failure: describe(error) };
  }
}

/** In a thread: answers calls one after another until it is asked to end, then calls `close` and lets the thread end. */
export function serve<C extends CallTable<C>>(
  port: MessagePort,
  handlers: Handlers<C>,
  close: () => void,
): void {
  port.on('message', (message: CallMessage<C> | EndMessage) => {
    if ('end' in message) {
      port.close();
      close();
    } else port.postMessage(answer(handlers, message));
  });
}

/** An error's message and code, as text for people. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.message}${code}`;
}

interface Pending<C extends CallTable<C>> {
  readonly resolve: (result: C[keyof C]['result']) => void;
  readonly reject: (error: StoreUnavailable) => void;
}

/** The serving thread's calls to one thread. */
export class ThreadCalls<C extends CallTable<C>> {
  readonly #worker: Worker;
  readonly #onDeath: (why: string) => void;
  readonly #pending = new Map<number, Pending<C>>();
  readonly #whenIdle: (() => void)[] = [];
  #lastCall = 0;
  /** Number of holds; without any, the thread does not keep the process alive. */
  #holds = 0;
  /** Why no call can succeed any more; null while the thread works. */
  #closed: string | null = null;

  /** Takes over a worker; `onDeath` is called once when it ends before `end` is called. */
  constructor(worker: Worker, onDeath: (why: string) => void) {
    this.#worker = worker;
    this.#onDeath = onDeath;
    worker.on('message', (message: AnswerMessage<C>) => this.#onAnswer(message));
    worker.on('messageerror', (error) => this.#onEnd(error.message));
    worker.on('error', (error) => this.#onEnd(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#onEnd(`exit code ${code}`));
    worker.unref();
  }

  /** Why every call is rejected; null while calls are accepted. */
  get closed(): string | null {
    return this.#closed;
  }

  /** Is a call in progress? */
  get isBusy(): boolean {
    return this.#pending.size > 0;
  }

  /** A call that does not keep the process alive. Rejects with StoreUnavailable. */
  call<M extends keyof C>(method: M, argument: C[M]['argument']): Promise<C[M]['result']> {
    if (this.#closed !== null) return Promise.reject(new StoreUnavailable(this.#closed));
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ call, method, argument });
      this.#pending.set(call, { resolve, reject });
    });
  }

  /** A call that keeps the process alive until it is answered. */
  async callAndWait<M extends keyof C>(method: M, argument: C[M]['argument']): Promise<C[M]['result']> {
    this.hold();
    try {
      return await this.call(method, argument);
    } finally {
      this.release();
    }
  }

  /** Keeps the process alive until `release`. */
  hold(): void {
    this.#holds += 1;
    this.#worker.ref();
  }

  /** Reverts one `hold`. */
  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#worker.unref();
  }

  /** Resolves when every call so far is answered or rejected. */
  async idle(): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /**
   * Rejects all calls from now on, including those in progress, and ends the thread. Resolves with false when the thread
   * does not end in time.
   */
  end(why: string): Promise<boolean> {
    this.#refuse(why);
    return endThread(this.#worker);
  }

  #onAnswer(message: AnswerMessage<C>): void {
    const pending = this.#pending.get(message.call);
    if (pending === undefined) return;
    this.#pending.delete(message.call);
    if ('result' in message) pending.resolve(message.result);
    else pending.reject(new StoreUnavailable(`the state database failed: ${message.failure}`));
    this.#resolveIdle();
  }

  #onEnd(why: string): void {
    if (this.#closed !== null) return;
    this.#refuse(`the store worker stopped: ${why}`);
    this.#onDeath(why);
  }

  #refuse(why: string): void {
    this.#closed ??= why;
    const error = new StoreUnavailable(this.#closed);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#resolveIdle();
  }

  #resolveIdle(): void {
    if (this.#pending.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
