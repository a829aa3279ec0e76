import { EngineError } from '../../driver.ts';
import type { OwnedHttp } from '../engine-http.ts';
import { type EngineLimits, StallWatch, type EngineTime } from '../timing.ts';
import { abortedError, exitError, withoutFolders, type ProcessExit } from '../wording.ts';
import { OutputTail } from './output-tail.ts';
import type { ProcessActivity } from './process-table.ts';
import type { Child, Spawner } from './spawner.ts';

/** What a started server needs of the rest. */
export interface ServerPorts {
  readonly spawner: Spawner;
  readonly time: EngineTime;
  /** Calls of a server at a loopback address that this process has started. */
  readonly httpAt: (url: string) => OwnedHttp;
  /** What a process has done so far, for signs of life; null: unknown. */
  readonly activityOf: (pid: number) => Promise<ProcessActivity | null>;
  readonly limits: EngineLimits;
}

/** A server to start. */
export interface ServerCommand {
  /** What an error is about: `Model x`, `The router`. */
  readonly subject: string;
  /** What did not work if it ends before it is ready: `could not be loaded`. */
  readonly failing: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** `http://127.0.0.1:PORT`, where it will listen. */
  readonly url: string;
  /** Files whose folders no message shows. */
  readonly files: readonly string[];
  /** Gets each line that it writes. */
  readonly onLine?: (line: string) => void;
}

const POLL_MS = 100;
const HEALTH_MS = 2_000;
const ACTIVITY_MS = 1_000;
/** Growth that counts as progress of a load. */
const GROWTH_BYTES = 1024 * 1024;
/** A server that is still loading has nothing to finish. */
const LOADING_STOP_MS = 1_000;
/** SIGKILL takes effect at once, except while the kernel waits for a device. */
const KILL_MS = 5_000;

/** One llama-server that Laneway has started: its way to readiness, its unexpected end, and its stop. */
export class ServerProcess {
  readonly url: string;
  readonly http: OwnedHttp;
  readonly tail = new OutputTail();
  /** How it ended; null while it runs. */
  exit: ProcessExit | null = null;
  private readonly subject: string;
  private readonly failing: string;
  private readonly files: readonly string[];
  private readonly ports: ServerPorts;
  private readonly child: Child;
  private readonly over = new AbortController();
  private onOutput: () => void = () => undefined;
  private ready = false;
  private stopping: Promise<void> | null = null;

  private constructor(options: ServerCommand, ports: ServerPorts, spawned: Spawned) {
    this.subject = options.subject;
    this.failing = options.failing;
    this.files = options.files;
    this.url = options.url;
    this.ports = ports;
    this.http = ports.httpAt(options.url);
    this.child = spawned.child;
    spawned.connect((line) => {
      this.tail.add(line);
      this.onOutput();
    });
    void this.child.exited.then((exit) => {
      this.exit = exit;
      this.over.abort();
    });
  }

  /** Starts the program. Rejects with an `EngineError` if that is not possible. */
  static async start(options: ServerCommand, ports: ServerPorts): Promise<ServerProcess> {
    // Lines may arrive before the object that takes them exists.
    let early: string[] | null = [];
    let take = (line: string): void => void early?.push(line);
    const { command, environment, onLine } = options;
    const output = (line: string): void => {
      take(line);
      onLine?.(line);
    };
    const child = await ports.spawner.spawn({ command, environment, output });
    const connect = (next: (line: string) => void): void => {
      early?.forEach(next);
      early = null;
      take = next;
    };
    return new ServerProcess(options, ports, { child, connect });
  }

  get pid(): number {
    return this.child.pid;
  }

  /** It was asked to end. */
  get isStopping(): boolean {
    return this.stopping !== null;
  }

  /** Resolves when the process has ended, however that came about. */
  async ended(): Promise<void> {
    await this.child.exited;
  }

  /** Why it has ended by itself. */
  exitError(): EngineError {
    const what = this.ready ? 'was lost' : this.failing;
    const exit = this.exit ?? { code: null, signal: null };
    return exitError(
      `${this.subject} ${what}`,
      exit,
      withoutFolders(this.tail.lines, this.files),
      this.ready,
    );
  }

  /**
   * Waits until `/health` is 200. Any output, and any growth of its memory or of what it has read, is a sign of life;
   * processor time alone only for some stall times. Rejects with an `EngineError`; then the process has ended.
   */
  async untilReady(onSign: () => void, signal: AbortSignal): Promise<void> {
    const { time, limits } = this.ports;
    const watch = new StallWatch(time, limits.stallMs, 'sighted');
    const progress = (): void => {
      watch.progress();
      onSign();
    };
    this.onOutput = progress;
    const either = AbortSignal.any([signal, this.over.signal]);
    const signs = this.signsOfLife(progress, () => {
      watch.works();
    });
    try {
      for (;;) {
        this.throwIfOver(signal);
        const health = await this.http
          .get('/health', { signal: either, timeoutMs: HEALTH_MS })
          .catch(() => null);
        this.throwIfOver(signal);
        if (health?.status === 200) break;
        await signs();
        if (watch.stalled) {
          throw new EngineError(
            'stalled',
            `${this.subject} ${this.failing}: no progress for ${watch.seconds} s`,
          );
        }
        await time.sleep(POLL_MS, either);
      }
      this.ready = true;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      this.onOutput = () => undefined;
    }
  }

  /** Ends the process group: SIGTERM, then SIGKILL. Rejects with an `EngineError` if it does not end even then. */
  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private throwIfOver(signal: AbortSignal): void {
    if (signal.aborted) throw abortedError(this.subject);
    if (this.isStopping) throw new EngineError('aborted', `${this.subject} was unloaded while it loaded`);
    if (this.exit !== null) throw this.exitError();
  }

  private signsOfLife(progress: () => void, works: () => void): () => Promise<void> {
    const { time, activityOf } = this.ports;
    let last: ProcessActivity | null = null;
    let at = -Infinity;
    return async () => {
      if (time.now() - at < ACTIVITY_MS) return;
      at = time.now();
      const now = await activityOf(this.pid);
      if (now === null) return;
      const before = last;
      if (before === null || now.ticks > before.ticks) works();
      const grown =
        before === null
          ? 0
          : Math.max(now.residentBytes - before.residentBytes, now.readBytes - before.readBytes);
      if (grown >= GROWTH_BYTES) progress();
      if (before === null || grown >= GROWTH_BYTES || now.ticks > before.ticks) last = now;
    };
  }

  private async end(): Promise<void> {
    const { time } = this.ports;
    const { stopMs } = this.ports.limits;
    try {
      if (this.exit === null) this.child.kill('SIGTERM');
      await this.endedWithin(this.ready ? stopMs : Math.min(stopMs, LOADING_STOP_MS), time);
      if (this.exit === null) this.child.kill('SIGKILL');
      await this.endedWithin(KILL_MS, time);
      if (this.exit !== null) return;
      throw new EngineError('stalled', `${this.subject}: process ${this.pid} did not end after SIGKILL`);
    } finally {
      await this.http.close();
    }
  }

  private async endedWithin(ms: number, time: EngineTime): Promise<void> {
    if (this.exit === null) await time.sleep(ms, this.over.signal);
  }
}

interface Spawned {
  readonly child: Child;
  readonly connect: (next: (line: string) => void) => void;
}
