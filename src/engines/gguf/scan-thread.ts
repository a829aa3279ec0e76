import { Worker } from 'node:worker_threads';
import type { FileCache, FolderScan } from './scan-folder.ts';
import type { ScanTask } from './scan-worker.ts';

/** The thread ends after so many milliseconds without work. */
const IDLE_MS = 5_000;

/** A scan that takes longer is given up: the disk does not answer (a network file system without its server). */
const SCAN_MS = 120_000;

/** What the thread may take; one scan needs far less. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

/** The thread that scans folders of models: started by the first scan, ended when it is idle. One scan runs at a time. */
export class ScanThread {
  readonly #program: URL;
  #turn: Promise<unknown> = Promise.resolve();
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(program: URL = new URL('./scan-worker.ts', import.meta.url)) {
    this.#program = program;
  }

  /** Is the thread running? */
  get isRunning(): boolean {
    return this.#worker !== null;
  }

  /** Scans a folder. Rejects where the thread cannot start, dies, or takes too long; the next scan starts another. */
  scan(folder: string, cache: FileCache): Promise<FolderScan> {
    const scan = this.#turn.then(() => this.#scan({ folder, cache }));
    this.#turn = scan.catch(() => undefined);
    return scan;
  }

  /** Ends the thread; a scan in progress rejects. */
  close(): void {
    this.#closed = true;
    this.#end();
  }

  async #scan(task: ScanTask): Promise<FolderScan> {
    if (this.#closed) throw new Error('the gateway stops');
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    const { promise, resolve, reject } = Promise.withResolvers<FolderScan>();
    const onError = (error: unknown): void => reject(error);
    const onExit = (): void => reject(new Error('the thread ended'));
    worker.once('message', resolve).once('error', onError).once('exit', onExit);
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${SCAN_MS / 1000} s`));
    }, SCAN_MS).unref();
    worker.postMessage(task);
    try {
      return await promise;
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      clearTimeout(timer);
      worker.off('message', resolve).off('error', onError).off('exit', onExit);
      if (this.#worker === worker) this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
    }
  }

  #start(): Worker {
    const worker = new Worker(this.#program, { execArgv: [], env: {}, resourceLimits: LIMITS });
    // Also after a scan was given up: an error without a listener would end the process.
    worker.on('error', () => undefined);
    worker.unref();
    return worker;
  }

  /** A thread that waits for its disk cannot be waited for. */
  #end(): void {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = null;
    void worker?.terminate().catch(() => undefined);
  }
}
