import { Worker } from 'node:worker_threads';
import { GatewayError } from '../protocol/errors.ts';
import type { ClientWire } from './client-wire.ts';
import type { ClientRequest } from './exchange.ts';
import type { ReadAnswer, ReadCall } from './large-body-worker.ts';

/**
 * Bodies above this are read in a worker. One MiB of nothing but escapes takes 40 ms, the longest that the serving
 * thread may be held up (50 ms); below it the way to the worker would cost more than it spares.
 */
export const LARGE_BODY_BYTES = 1024 * 1024;

/** The worker ends after this many milliseconds without work: it holds 20 MB. */
const IDLE_MS = 30_000;

interface Pending {
  readonly worker: Worker;
  readonly wire: ClientWire;
  readonly resolve: (request: ClientRequest) => void;
  readonly reject: (error: GatewayError) => void;
}

/** The read phase for bodies of any size. */
export class BodyReader {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | null = null;
  #lastCall = 0;
  #idle: NodeJS.Timeout | undefined;

  /**
   * Reads a body on its client's wire: at once, or in the worker when it is large. A large body's memory goes to the
   * worker and comes back with the request: `body` is empty from then on. Throws, or rejects with, what the wire says.
   */
  read(wire: ClientWire, body: Buffer): ClientRequest | Promise<ClientRequest> {
    return body.length <= LARGE_BODY_BYTES ? wire.read(body) : this.#readLarge(wire, body);
  }

  /** Ends the worker; what it still reads is refused. */
  async close(): Promise<void> {
    await this.#stop();
  }

  #readLarge(wire: ClientWire, body: Buffer): Promise<ClientRequest> {
    clearTimeout(this.#idle);
    this.#lastCall += 1;
    const call = this.#lastCall;
    const owned = ownedBytes(body);
    return new Promise((resolve, reject) => {
      const worker = (this.#worker ??= this.#start());
      this.#pending.set(call, { worker, wire, resolve, reject });
      worker.ref();
      worker.postMessage({ call, format: wire.format, body: owned } satisfies ReadCall, [owned]);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./large-body-worker.ts', import.meta.url), { execArgv: [], env: {} });
    worker.on('message', (answer: ReadAnswer) => {
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

  #onAnswer(answer: ReadAnswer): void {
    const pending = this.#pending.get(answer.call);
    this.#pending.delete(answer.call);
    if (this.#pending.size === 0) this.#rest();
    if (pending === undefined) return;
    if ('body' in answer) {
      pending.resolve(pending.wire.request(Buffer.from(answer.body), answer.facts, answer.fields));
      return;
    }
    const { code, message, options } = answer.refusal;
    pending.reject(new GatewayError(code, message, options));
  }

  /** Nothing to read: the worker does not keep the process alive, and ends by and by. */
  #rest(): void {
    this.#worker?.unref();
    this.#idle = setTimeout(() => {
      void this.#stop();
    }, IDLE_MS).unref();
  }

  async #stop(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    await worker?.terminate();
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

/** The bytes as an ArrayBuffer of their own, which alone can change threads. */
function ownedBytes(body: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = body;
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === byteLength) return buffer;
  return new Uint8Array(body).buffer;
}
