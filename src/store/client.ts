import type { Worker } from 'node:worker_threads';
import { LedgerQueue } from './ledger-queue.ts';
import type { StoreLog } from './log.ts';
import type { AnswerMessage, Calls, Method } from './messages.ts';
import {
  StoreUnavailable,
  type Committed,
  type LedgerRow,
  type RequestPage,
  type RequestQuery,
  type ResetChange,
  type Store,
  type StoredState,
  type SwitchChange,
} from './store.ts';

/** `close` gives up after this many milliseconds, so that a stuck disk does not keep the process from ending. */
const CLOSE_MS = 5_000;

interface Pending {
  readonly resolve: (result: Calls[Method]['result']) => void;
  readonly reject: (error: StoreUnavailable) => void;
}

/** The store as the serving thread sees it: every call is a message to the worker. */
export class StoreClient implements Store {
  readonly #worker: Worker;
  readonly #log: StoreLog;
  readonly #queue: LedgerQueue;
  readonly #pending = new Map<number, Pending>();
  #lastCall = 0;
  /** How many wait for the worker; while none does, it does not keep the process alive. */
  #holds = 0;
  /** Why no call can succeed any more; null while the worker lives. */
  #gone: string | null = null;
  #closing: Promise<void> | null = null;

  /** Takes over a worker that has said `ready`. */
  constructor(worker: Worker, log: StoreLog) {
    this.#worker = worker;
    this.#log = log;
    this.#queue = new LedgerQueue((rows) => this.#call('writeRows', rows), log);
    worker.on('message', (message: AnswerMessage) => this.#onAnswer(message));
    worker.on('messageerror', (error) => this.#onDeath(error.message));
    worker.on('error', (error) => this.#onDeath(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#onDeath(`it ended with code ${code}`));
    worker.unref();
  }

  load(): Promise<StoredState> {
    return this.#awaited('load', null);
  }

  switchNode(change: SwitchChange): Promise<Committed> {
    return this.#awaited('switchNode', change);
  }

  resetNodes(change: ResetChange): Promise<Committed & { readonly subjects: readonly string[] }> {
    return this.#awaited('resetNodes', change);
  }

  noteConfiguration(fingerprint: string, at: string): Promise<Committed> {
    return this.#awaited('noteConfiguration', { fingerprint, at });
  }

  record(row: LedgerRow): void {
    this.#queue.add(row);
  }

  async listRequests({ limit, before }: RequestQuery): Promise<RequestPage> {
    const stored = await this.#awaited('listRows', { limit: limit + 1, before });
    const waiting = this.#queue.waiting(before);
    const rows = stored.filter((row) => !waiting.has(row.id)).concat([...waiting.values()]);
    rows.sort((one, other) => (one.id < other.id ? 1 : -1));
    const requests = rows.slice(0, limit);
    return { requests, next: rows.length > limit ? (requests.at(-1)?.id ?? null) : null };
  }

  async getRequest(id: string): Promise<LedgerRow | null> {
    return this.#queue.find(id) ?? (await this.#awaited('getRow', id));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#gone !== null) return;
    this.#hold();
    const { promise: timeout, resolve: expire } = Promise.withResolvers<'late'>();
    const timer = setTimeout(expire, CLOSE_MS, 'late');
    const outcome = await Promise.race([this.#closeOrderly(), timeout]);
    clearTimeout(timer);
    if (outcome === 'late') {
      this.#queue.discard('the database did not answer in time');
      this.#log.error('the store was not closed in time', { waited_ms: CLOSE_MS });
    }
    this.#end('the store is closed');
    const ended = this.#worker.terminate();
    if (outcome === 'late') this.#release();
    else await ended;
  }

  async #closeOrderly(): Promise<void> {
    await this.#queue.drain();
    await this.#call('close', null).catch(() => undefined); // a dead worker is as good as a closed one
  }

  /** A call that somebody waits for: it keeps the process alive until it is answered. */
  async #awaited<M extends Method>(method: M, argument: Calls[M]['argument']): Promise<Calls[M]['result']> {
    if (this.#closing !== null) throw new StoreUnavailable('the store is closed');
    this.#hold();
    try {
      return await this.#call(method, argument);
    } finally {
      this.#release();
    }
  }

  #hold(): void {
    this.#holds += 1;
    this.#worker.ref();
  }

  #release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#worker.unref();
  }

  #call<M extends Method>(method: M, argument: Calls[M]['argument']): Promise<Calls[M]['result']> {
    if (this.#gone !== null) return Promise.reject(new StoreUnavailable(this.#gone));
    this.#lastCall += 1;
    const call = this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#worker.postMessage({ call, method, argument });
      this.#pending.set(call, { resolve, reject });
    });
  }

  #onAnswer(message: AnswerMessage): void {
    const pending = this.#pending.get(message.call);
    if (pending === undefined) return;
    this.#pending.delete(message.call);
    if ('result' in message) pending.resolve(message.result);
    else pending.reject(new StoreUnavailable(`the state database failed: ${message.failure}`));
  }

  #onDeath(why: string): void {
    if (this.#gone !== null || this.#closing !== null) {
      this.#end(why);
      return;
    }
    this.#log.error('the store worker ended; the gateway serves without state', { why });
    this.#end(`the store worker ended: ${why}`);
    this.#queue.discard('the store worker ended');
  }

  /** From here on every call is refused, the waiting ones too. */
  #end(why: string): void {
    this.#gone ??= why;
    const error = new StoreUnavailable(this.#gone);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
