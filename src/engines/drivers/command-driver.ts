import { join } from 'node:path';
import { EngineError } from '../driver.ts';
import type { EngineDriver, LoadedModel, LoadRequest, ResidentModel } from '../driver.ts';
import type { EngineState, EngineVerb } from '../../protocol/engine.ts';
import type { OnExit } from './driver-events.ts';
import { readServer, type SeenServer } from './observe.ts';
import type { EngineHttp } from './engine-http.ts';
import { recordedServer, recordServer } from './processes/orphans.ts';
import { OutputTail } from './processes/output-tail.ts';
import type { KnownProcess, ProcessTable } from './processes/process-table.ts';
import { cannotWrite, ServerLog } from './processes/server-log.ts';
import type { Spawner } from './processes/spawner.ts';
import { type EngineLimits, StallWatch, type EngineTime } from './timing.ts';
import { abortedError, causeIn, exitError, type ProcessExit } from './wording.ts';

/** What the driver of `engine.start` and `engine.stop` needs. */
export interface CommandOptions {
  readonly providerId: string;
  /** `engine.start` and `engine.stop`; null: not configured. */
  readonly start: readonly string[] | null;
  readonly stop: readonly string[] | null;
  readonly http: EngineHttp;
  readonly time: EngineTime;
  readonly spawner: Spawner;
  readonly table: ProcessTable;
  readonly environment: Readonly<Record<string, string>>;
  /** Folder for the server's output and what is known of its process. */
  readonly folder: string;
  readonly limits: EngineLimits;
  readonly onExit: OnExit;
}

const POLL_MS = 250;
/** A server in a container may need some time to end after its `stop` command has returned. */
const STOP_MARGIN_MS = 30_000;
const KILL_MS = 5_000;
/** A server that is being started. */
interface Run {
  /** How the process of the start command has ended; null: it runs. */
  readonly exit: () => Promise<ProcessExit | null>;
  /** It has served. */
  ready: boolean;
}

/**
 * A whole server that is started and stopped by commands, such as vLLM or a container. It outlives Laneway, so its
 * output goes to a file, and its process is remembered in another. A start command may return at once.
 */
export class CommandDriver implements EngineDriver {
  readonly name = 'command';
  readonly verbs: readonly EngineVerb[];
  private readonly options: CommandOptions;
  private readonly log: ServerLog;
  private readonly closing = new AbortController();
  private current: EngineState = 'unreachable';
  private busy: { readonly modelId: string; readonly verb: 'loading' | 'unloading' } | null = null;
  /** The load that has not settled, and how to give it up. */
  private running: { readonly cancel: AbortController; readonly settled: Promise<unknown> } | null = null;
  private failure: { readonly modelId: string; readonly message: string } | null = null;

  constructor(options: CommandOptions) {
    this.options = options;
    this.log = new ServerLog(options.folder);
    this.verbs = options.start === null ? ['unload'] : ['load', 'unload'];
  }

  get state(): EngineState {
    if (this.busy === null) return this.current;
    return this.busy.verb === 'loading' ? 'starting' : 'stopping';
  }

  async residency(signal: AbortSignal): Promise<readonly ResidentModel[]> {
    await this.log.trim();
    const seen = await this.look(signal);
    if (this.busy !== null) {
      const { modelId, verb } = this.busy;
      const listed = seen.models.find((model) => model.modelId === modelId);
      return [{ ...blank(modelId), ...listed, state: verb }];
    }
    if (seen.state === 'ready') return seen.models;
    if (this.failure === null) return [];
    return [{ ...blank(this.failure.modelId), state: 'failed', error: this.failure.message }];
  }

  async load(
    { modelId }: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const subject = `Model ${modelId}`;
    this.throwIfBusy(subject);
    const { start } = this.options;
    if (start === null) {
      throw new EngineError('failed', `${subject} cannot be loaded: engine.start is not configured`);
    }
    this.busy = { modelId, verb: 'loading' };
    this.failure = null;
    const cancel = new AbortController();
    const either = AbortSignal.any([signal, this.closing.signal, cancel.signal]);
    const work = this.startUnlessReady(start, modelId, onProgress, either).finally(() => {
      this.busy = null;
      this.running = null;
    });
    this.running = { cancel, settled: work.catch(() => undefined) };
    try {
      return await work;
    } catch (error) {
      if (cancel.signal.aborted) throw new EngineError('aborted', `${subject} was unloaded while it loaded`);
      if (error instanceof EngineError && error.kind !== 'aborted') {
        this.failure = { modelId, message: error.message };
      }
      throw error;
    }
  }

  async unload(modelId: string, signal: AbortSignal): Promise<void> {
    const subject = `Model ${modelId}`;
    this.running?.cancel.abort();
    await this.running?.settled;
    this.throwIfBusy(subject);
    this.busy = { modelId, verb: 'unloading' };
    this.failure = null;
    try {
      await this.end(subject, AbortSignal.any([signal, this.closing.signal]), false);
    } finally {
      this.busy = null;
    }
  }

  slots(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private throwIfBusy(subject: string): void {
    if (this.busy === null) return;
    const what = this.busy.verb === 'loading' ? 'started' : 'stopped';
    throw new EngineError('failed', `${subject}: its server is being ${what}`);
  }

  private async startUnlessReady(
    command: readonly string[],
    modelId: string,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const before = await this.look(signal);
    if (before.state === 'ready') return loadedFrom(before, modelId);
    return this.startServer(command, modelId, onProgress, signal);
  }

  private get recordPath(): string {
    return join(this.options.folder, 'server.json');
  }

  private async look(signal: AbortSignal): Promise<SeenServer> {
    const seen = await readServer(this.options.http, signal);
    this.current = seen.state === 'ready' ? 'running' : 'starting';
    if (seen.state === 'refused' && (await this.leader()) === null) this.current = 'stopped';
    return seen;
  }

  private async startServer(
    command: readonly string[],
    modelId: string,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const { time, limits } = this.options;
    const subject = `Model ${modelId}`;
    const run = await this.begin(command, modelId);
    const watch = new StallWatch(time, limits.stallMs, 'blind');
    let written = 0;
    try {
      for (;;) {
        const seen = await this.look(signal).catch((error: unknown) => {
          if (signal.aborted) throw error;
          return null;
        });
        if (seen?.state === 'ready') {
          run.ready = true;
          return loadedFrom(seen, modelId);
        }
        const exit = await run.exit();
        if (exit !== null && exit.code !== 0) {
          throw exitError(`${subject} could not be loaded`, exit, await this.log.tail(), false);
        }
        const size = await this.log.size();
        if (size !== written) watch.progress();
        written = size;
        onProgress(null);
        if (watch.stalled) throw await this.stalled(subject, watch.seconds);
        await time.sleep(POLL_MS, signal);
        if (signal.aborted) throw abortedError(subject);
      }
    } catch (error) {
      // When Laneway ends, the server may go on starting: the next run finds it.
      if (!this.closing.signal.aborted)
        await this.end(subject, this.closing.signal, true).catch(() => undefined);
      throw error;
    }
  }

  /** Runs the start command; or goes on with a server that an earlier run of Laneway has begun to start. */
  private async begin(command: readonly string[], modelId: string): Promise<Run> {
    const { spawner, table, environment } = this.options;
    if ((await this.leader()) !== null) {
      const exit = async (): Promise<ProcessExit | null> =>
        (await this.leader()) === null ? { code: null, signal: null } : null;
      return { exit, ready: false };
    }
    await this.log.create();
    const child = await spawner.spawn({ command, environment, output: { file: this.log.path } });
    let ended: ProcessExit | null = null;
    const run: Run = { exit: () => Promise.resolve(ended), ready: false };
    void child.exited.then(async (exit) => {
      ended = exit;
      if (run.ready) await this.reportLoss(modelId, exit);
    });
    const began = await table.startOf(child.pid);
    if (began !== null) {
      await recordServer(this.recordPath, { pid: child.pid, start: began }).catch((error: unknown) => {
        throw cannotWrite(error);
      });
    }
    return run;
  }

  private async reportLoss(modelId: string, exit: ProcessExit): Promise<void> {
    if (this.busy !== null || exit.code === 0 || this.closing.signal.aborted) return;
    const error = exitError(`Model ${modelId} was lost`, exit, await this.log.tail(), true);
    this.failure = { modelId, message: error.message };
    this.options.onExit({ modelId: null, error });
  }

  private async stalled(subject: string, seconds: number): Promise<EngineError> {
    const cause = causeIn(await this.log.tail(), false);
    const last = cause === '' ? '' : `; it wrote: ${cause}`;
    return new EngineError(
      'stalled',
      `${subject} could not be loaded: its server shows no progress for ${seconds} s${last}`,
    );
  }

  /**
   * Stops the server by its command, or ends the processes that Laneway has started, and waits until nothing listens.
   * After SIGTERM a vLLM leaves its connections open without a byte, so that only the port and the processes count.
   * `isStarting`: a start command has been run, and its server may not listen yet.
   */
  private async end(subject: string, signal: AbortSignal, isStarting: boolean): Promise<void> {
    const { stop, table, time } = this.options;
    const { stopMs } = this.options.limits;
    const processes = await this.ownProcesses();
    const first = await this.look(signal).catch(() => null);
    // A container that is only starting listens nowhere yet.
    const mayStart = isStarting && stop !== null;
    if (processes.length === 0 && first?.state === 'refused' && !mayStart) return;
    if (stop === null && processes.length === 0) {
      throw new EngineError(
        'failed',
        `${subject} cannot be unloaded: Laneway has not started its server, and engine.stop is not configured`,
      );
    }
    const began = time.now();
    const stopError = stop === null ? null : await this.runStop(subject, stop, signal);
    const after = stopError === null ? null : await this.look(signal).catch(() => null);
    if (stopError !== null && processes.length === 0 && after?.state !== 'refused') throw stopError;
    let left = processes;
    for (const step of stop === null
      ? (['SIGTERM', 'SIGKILL'] as const)
      : ([null, 'SIGTERM', 'SIGKILL'] as const)) {
      if (step !== null) for (const each of left) table.signal(each, step);
      const limit =
        step === 'SIGKILL' ? KILL_MS : left.length === 0 ? Math.max(stopMs, STOP_MARGIN_MS) : stopMs;
      left = await this.untilGone(left, limit, signal);
      if (signal.aborted) throw abortedError(subject);
      if (left.length === 0 && this.current === 'stopped') return;
      if (left.length === 0) break;
    }
    throw (
      stopError ??
      new EngineError(
        'stalled',
        `${subject}: its server still runs ${Math.round((time.now() - began) / 1000)} s after it was stopped`,
      )
    );
  }

  /** Waits until nothing listens and the processes have ended; returns those that have not. */
  private async untilGone(
    processes: readonly KnownProcess[],
    limit: number,
    signal: AbortSignal,
  ): Promise<readonly KnownProcess[]> {
    const { table, time } = this.options;
    const began = time.now();
    for (;;) {
      const starts = await Promise.all(processes.map(({ pid }) => table.startOf(pid)));
      const left = processes.filter(({ start }, index) => starts[index] === start);
      const seen = await this.look(signal).catch(() => null);
      if (seen?.state !== 'refused') this.current = 'stopping';
      const isGone = left.length === 0 && seen?.state === 'refused';
      if (isGone || signal.aborted || time.now() - began > limit) return left;
      await time.sleep(POLL_MS, signal);
    }
  }

  private async runStop(
    subject: string,
    command: readonly string[],
    signal: AbortSignal,
  ): Promise<EngineError | null> {
    const { spawner, environment, time, limits } = this.options;
    const tail = new OutputTail();
    const output = (line: string): void => {
      tail.add(line);
    };
    const child = await spawner.spawn({ command, environment, output });
    const ended = new AbortController();
    let exit: ProcessExit | null = null;
    void child.exited.then((given) => {
      exit = given;
      ended.abort();
    });
    const exitOf = (): ProcessExit | null => exit;
    await time.sleep(Math.max(limits.stopMs, STOP_MARGIN_MS), AbortSignal.any([signal, ended.signal]));
    const end = exitOf();
    if (end === null) child.kill('SIGKILL');
    if (end?.code === 0) return null;
    if (end === null)
      return new EngineError('stalled', `${subject} could not be unloaded: engine.stop did not return`);
    return exitError(`${subject} could not be unloaded by engine.stop`, end, tail.lines, false);
  }

  /** The processes of the server's session, which a start in the foreground has; none if it was started otherwise. */
  private async ownProcesses(): Promise<readonly KnownProcess[]> {
    const leader = await this.leader();
    return leader === null ? [] : await this.options.table.membersOf(leader.pid);
  }

  /** The process that the start command became, while it runs. */
  private leader(): Promise<KnownProcess | null> {
    return recordedServer(this.recordPath, this.options.table);
  }
}

function loadedFrom(seen: SeenServer, modelId: string): LoadedModel {
  const model = seen.models.find((each) => each.modelId === modelId);
  if (model !== undefined) return { contextLength: model.contextLength, footprintBytes: null };
  const served = seen.models.map((each) => each.modelId).join(', ');
  throw new EngineError(
    'not_found',
    `Model ${modelId} is not served by its server, which has: ${served === '' ? 'none' : served}`,
  );
}

function blank(modelId: string): ResidentModel {
  return {
    modelId,
    state: 'loading',
    progress: null,
    footprintBytes: null,
    contextLength: null,
    error: null,
  };
}
