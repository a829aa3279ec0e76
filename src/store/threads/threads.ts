import { getCompileCacheDir } from 'node:module';
import { Worker, type MessagePort } from 'node:worker_threads';
import type { AnswerMessage, CallMessage, CallTable, EndMessage } from './messages.ts';
import { StoreUnavailable } from '../store.ts';

/** Starts one of the store's threads, by its file in this folder. */
export function startThread(file: string, input: unknown): Worker {
  // A thread does not take over the process' cache of compiled code, which saves half of its 80 ms start.
  const cache = getCompileCacheDir();
  return new Worker(new URL(file, import.meta.url), {
    workerData: input,
    // A flag such as --watch or --test is the main thread's; keys of the environment have no business in there.
    execArgv: [],
    env: cache === undefined ? {} : { NODE_COMPILE_CACHE: cache },
  });
}

/** A thread that was asked to end, and has not after this many milliseconds, is left alone. */
const END_MS = 5_000;

/**
 * Asks a thread to end, and waits until it is gone; one that is still loading ends once it is ready. false when it is
 * left alone: it then keeps the process alive no more. Never `terminate()`: a thread that is stopped while it loads
 * better-sqlite3 takes the whole process with it (SIGABRT).
 */
export async function endThread(worker: Worker): Promise<boolean> {
  if (worker.threadId === -1) return true; // it has ended already
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

/** What a thread does for each call. */
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

/** In a thread: answers calls one after another, until it is asked to end; then it calls `close` and nothing keeps it. */
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

/** An error's message with its code, for people. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.message}${code}`;
}

interface Pending<C extends CallTable<C>> {
  readonly resolve: (result: C[keyof C]['result']) => void;
  readonly reject: (error: StoreUnavailable) => void;
}

/** The calls into one thread, as the serving thread sees them. */
export class ThreadCalls<C extends CallTable<C>> {
  readonly #worker: Worker;
  readonly #onDeath: (why: string) => void;
  readonly #pending = new Map<number, Pending<C>>();
  readonly #whenIdle: (() => void)[] = [];
  #lastCall = 0;
  /** How many wait for the thread; while none does, it does not keep the process alive. */
  #holds = 0;
  /** Why no call can succeed any more; null while the thread lives. */
  #closed: string | null = null;

  /** Takes over a worker; `onDeath` hears, once, that it ended before `end` was called. */
  constructor(worker: Worker, onDeath: (why: string) => void) {
    this.#worker = worker;
    this.#onDeath = onDeath;
    worker.on('message', (message: AnswerMessage<C>) => this.#onAnswer(message));
    worker.on('messageerror', (error) => this.#onEnd(error.message));
    worker.on('error', (error) => this.#onEnd(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#onEnd(`it ended with code ${code}`));
    worker.unref();
  }

  /** Why every call is refused; null while they are not. */
  get closed(): string | null {
    return this.#closed;
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

  /** A call that somebody waits for: it keeps the process alive until it is answered. */
  async awaited<M extends keyof C>(method: M, argument: C[M]['argument']): Promise<C[M]['result']> {
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

  /** Takes one `hold` back. */
  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#worker.unref();
  }

  /** Resolves when every call so far is answered or refused. */
  async idle(): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  /**
   * From here on every call is refused, the waiting ones too; ends the thread. Resolves when it is gone, or with false
   * when it is left alone.
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
    this.#tellIdle();
  }

  #onEnd(why: string): void {
    if (this.#closed !== null) return;
    this.#refuse(`the store worker ended: ${why}`);
    this.#onDeath(why);
  }

  #refuse(why: string): void {
    this.#closed ??= why;
    const error = new StoreUnavailable(this.#closed);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (this.#pending.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
