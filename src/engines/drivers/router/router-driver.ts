import { EngineError } from '../../driver.ts';
import type { EngineDriver, LoadedModel, LoadRequest, ResidentModel } from '../../driver.ts';
import type { EngineState } from '../../../protocol/engine.ts';
import { fields, positive } from '../../../util/json-fields.ts';
import type { EngineHttp, EngineReply } from '../engine-http.ts';
import { CALL_MS, ifNotRunning, reach } from '../reach.ts';
import { type EngineLimits, StallWatch, type EngineTime } from '../timing.ts';
import { causeIn, messageOf, saysOutOfMemory, throwIfAborted } from '../wording.ts';
import { ListedFiles } from './listed-files.ts';
import { isHeld, readList, readProgress, residentOf, type RouterEntry } from './replies.ts';

/** What a router driver needs. */
export interface RouterOptions {
  /** For messages. */
  readonly providerId: string;
  readonly http: EngineHttp;
  readonly time: EngineTime;
  readonly limits: EngineLimits;
  /** The router that Laneway runs itself; absent: another one. */
  readonly own?: OwnedRouter;
  /**
   * The router runs on this machine: the paths in its list are files here, and it holds nothing once it refuses
   * connections. Absent: no.
   */
  readonly isOnThisMachine?: boolean;
}

/** What the driver uses of a router that Laneway runs. */
export interface OwnedRouter {
  readonly state: EngineState;
  /** Where it listens while it runs. */
  readonly url: string;
  /** Starts it unless it runs, and makes the window of a model the given one. Rejects with an `EngineError`. */
  prepare(request: LoadRequest, signal: AbortSignal): Promise<void>;
  /** What the last process of a model has written; null: nothing is known. */
  outputOf(modelId: string): ModelOutput | null;
  /** Why a model cannot be loaded; null: it can. */
  reasonAgainst(modelId: string): string | null;
  /** A model is being unloaded. */
  forget(modelId: string): void;
  close(): Promise<void>;
}

/** The words of one model's process. */
export interface ModelOutput {
  /** The last ones, without folders. */
  readonly lines: readonly string[];
  /** Sum of the buffers that it has reported; null: none. */
  readonly allocatedBytes: number | null;
}

const POLL_MS = 100;
/** How long the router may not answer while it loads before the load counts as lost. */
const SILENCE_MS = 5_000;
/** A load that was asked for may not be listed at once. */
const LISTED_MS = 5_000;
/** `stop-timeout` of a router that Laneway has not configured, and some more. */
const STOP_MS = 15_000;

/**
 * A llama-server in router mode (`GET /models`, `POST /models/load` and `/models/unload`). The list is polled; its event
 * stream only adds progress, which no build has in the list. Nothing here relies on autoload.
 */
export class RouterDriver implements EngineDriver {
  readonly name = 'router';
  readonly verbs = ['load', 'unload'] as const;
  private readonly options: RouterOptions;
  private readonly closing = new AbortController();
  /** Models that Laneway has unloaded: b11434 lists them as failed. */
  private readonly unloaded = new Set<string>();
  private readonly unloading = new Set<string>();
  private readonly progress = new Map<string, number>();
  /** Why the last load of a model has failed. */
  private readonly failures = new Map<string, string>();
  private readonly files = new ListedFiles();
  private last: EngineState = 'unreachable';

  private readonly lost = (): void => {
    this.last = 'unreachable';
  };

  constructor(options: RouterOptions) {
    this.options = options;
  }

  /** A preset decides how a model is loaded, and only a router that Laneway runs has one of Laneway's. */
  get quantizesCache(): boolean {
    return this.options.own !== undefined;
  }

  get state(): EngineState {
    const own = this.options.own?.state;
    return own === undefined || own === 'running' ? this.last : own;
  }

  get serverAddresses(): readonly string[] | null {
    const address = this.addressOf();
    if (this.options.own === undefined) return null;
    return address === null ? [] : [address];
  }

  addressOf(): string | null {
    const { own } = this.options;
    return own?.state === 'running' ? own.url : null;
  }

  async residency(signal: AbortSignal): Promise<readonly ResidentModel[]> {
    // Nothing can be loaded on a router of our own that does not run.
    if (this.options.own !== undefined && this.options.own.state !== 'running') return [];
    const isHere = this.options.isOnThisMachine === true || this.options.own !== undefined;
    const entries = await ifNotRunning(this.list(signal), isHere, []);
    return entries.flatMap((entry) => this.residentOf(entry) ?? []);
  }

  async load(
    request: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const { modelId } = request;
    const either = AbortSignal.any([signal, this.closing.signal]);
    await this.options.own?.prepare(request, either);
    const reply = await this.call(`Model ${modelId}`, either, (options) =>
      this.options.http.post('/models/load', { model: modelId }, options),
    );
    this.unloaded.delete(modelId);
    this.failures.delete(modelId);
    const isRunning = reply.status === 400 && messageOf(reply).includes('already running');
    if (reply.status !== 200 && !isRunning) throw this.loadRefused(modelId, reply);
    const events = new AbortController();
    try {
      return await this.untilLoaded(modelId, onProgress, either, events.signal);
    } catch (error) {
      await this.cancelLoad(modelId);
      if (error instanceof EngineError && error.kind !== 'aborted') {
        this.failures.set(modelId, error.message);
      }
      throw error;
    } finally {
      events.abort();
      this.progress.delete(modelId);
    }
  }

  async unload(modelId: string, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.closing.signal]);
    this.unloaded.add(modelId);
    this.unloading.add(modelId);
    this.options.own?.forget(modelId);
    try {
      const call = this.call(`Model ${modelId}`, either, (options) =>
        this.options.http.post('/models/unload', { model: modelId }, options),
      );
      const reply = await ifNotRunning<EngineReply | null>(call, this.options.isOnThisMachine === true, null);
      if (reply === null) return;
      const message = messageOf(reply);
      // b11434 and b10434: 400 for a model that is not running or not known, 404 in between.
      if (reply.status === 404 || /not running|not found/.test(message)) return;
      if (reply.status !== 200) {
        throw new EngineError('failed', `Model ${modelId} could not be unloaded: ${refusal(reply)}`);
      }
      await this.untilUnloaded(modelId, either);
    } catch (error) {
      // A router of our own takes its models along when it ends.
      if (this.options.own?.state !== 'stopped') throw error;
    } finally {
      this.unloading.delete(modelId);
    }
  }

  reasonAgainst(modelId: string): string | null {
    return this.options.own?.reasonAgainst(modelId) ?? null;
  }

  fileBytes(modelId: string): number | null {
    return this.files.bytesOf(modelId);
  }

  async slots(modelId: string, signal: AbortSignal): Promise<number | null> {
    const path = `/props?model=${encodeURIComponent(modelId)}&autoload=false`;
    const reply = await this.call(`Model ${modelId}`, signal, (options) =>
      this.options.http.get(path, options),
    );
    return reply.status === 200 ? positive(fields(reply.body)['total_slots']) : null;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.options.own?.close();
    this.last = 'stopped';
  }

  /** Polls until the model is loaded; progress comes from the event stream, for as long as there is one. */
  private async untilLoaded(
    modelId: string,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
    streamSignal: AbortSignal,
  ): Promise<LoadedModel> {
    const { time, http, limits } = this.options;
    const watch = new StallWatch(time, limits.stallMs, 'unknown');
    const advance = (fraction: number | null): void => {
      if (fraction === null || fraction <= (this.progress.get(modelId) ?? -1)) return;
      this.progress.set(modelId, fraction);
      watch.progress();
      onProgress(fraction);
    };
    void http
      .lines(
        '/models/sse',
        (line) => {
          const news = readProgress(line);
          if (news?.modelId === modelId) advance(news.fraction);
        },
        streamSignal,
      )
      .catch(() => undefined);
    const began = time.now();
    let answered = began;
    let wasLoading = false;
    for (;;) {
      throwIfAborted(signal, `Model ${modelId}`);
      const entries = await this.list(signal).catch((error: unknown) => error as Error);
      throwIfAborted(signal, `Model ${modelId}`);
      if (entries instanceof Error) {
        if (time.now() - answered > SILENCE_MS || this.options.own?.state === 'stopped') throw entries;
      } else {
        answered = time.now();
        const entry = entries.find(({ id }) => id === modelId);
        if (entry === undefined) throw this.unknownModel(modelId);
        if (entry.value === 'loaded' || entry.value === 'sleeping') {
          return { contextLength: entry.contextLength, footprintBytes: this.footprintOf(modelId) };
        }
        if (entry.value === 'loading') wasLoading = true;
        else if (entry.failed || wasLoading || time.now() - began > LISTED_MS) throw this.loadFailed(entry);
        advance(entry.progress);
        onProgress(null);
      }
      if (watch.stalled) {
        throw new EngineError(
          'stalled',
          `Model ${modelId} could not be loaded: no progress for ${watch.seconds} s`,
        );
      }
      await time.sleep(POLL_MS, signal);
    }
  }

  private loadRefused(modelId: string, reply: EngineReply): EngineError {
    if (reply.status === 404 || messageOf(reply).includes('not found')) return this.unknownModel(modelId);
    return new EngineError('failed', `Model ${modelId} could not be loaded: ${refusal(reply)}`);
  }

  private unknownModel(modelId: string): EngineError {
    const reason = this.reasonAgainst(modelId);
    const why = reason === null ? 'is not in the list of its router' : `cannot be loaded: ${reason}`;
    return new EngineError('not_found', `Model ${modelId} ${why}`);
  }

  private footprintOf(modelId: string): number | null {
    return this.options.own?.outputOf(modelId)?.allocatedBytes ?? null;
  }

  private loadFailed({ id, exitCode, failed }: RouterEntry): EngineError {
    if (this.unloading.has(id) || this.unloaded.has(id) || (!failed && exitCode === 0)) {
      return new EngineError('aborted', `Model ${id} was unloaded while it loaded`, exitCode);
    }
    const lines = this.options.own?.outputOf(id)?.lines ?? [];
    const cause = causeIn(lines, false);
    const isMemory = exitCode === 137 || lines.some(saysOutOfMemory);
    const what = isMemory ? 'ran out of memory' : 'ended';
    const detail = cause === '' ? '' : `: ${cause}`;
    const message = `Model ${id} could not be loaded: its server ${what} (exit code ${exitCode ?? 'unknown'})${detail}`;
    return new EngineError(isMemory ? 'out_of_memory' : 'failed', message, exitCode);
  }

  /** After a load that was given up: leaves nothing loading. Its own failure changes nothing for the caller. */
  private async cancelLoad(modelId: string): Promise<void> {
    const never = new AbortController().signal;
    try {
      const entries = await this.list(never);
      if (entries.find(({ id }) => id === modelId)?.value !== 'loading') return;
      this.unloaded.add(modelId);
      const options = { signal: never, timeoutMs: CALL_MS };
      await this.options.http.post('/models/unload', { model: modelId }, options);
      await this.untilUnloaded(modelId, never);
    } catch {
      // The router does not answer: then nobody can end the load.
    }
  }

  private async untilUnloaded(modelId: string, signal: AbortSignal): Promise<void> {
    const { time } = this.options;
    const { stopMs } = this.options.limits;
    const began = time.now();
    for (;;) {
      const entries = await this.list(signal);
      const entry = entries.find(({ id }) => id === modelId);
      if (entry === undefined || !isHeld(entry.value)) return;
      if (time.now() - began > Math.max(stopMs, STOP_MS)) {
        throw new EngineError(
          'stalled',
          `Model ${modelId} is still ${entry.value} after its unload was asked for`,
        );
      }
      await time.sleep(POLL_MS, signal);
    }
  }

  private async list(signal: AbortSignal): Promise<readonly RouterEntry[]> {
    const subject = `The router of ${this.options.providerId}`;
    const reply = await this.call(subject, signal, (options) => this.options.http.get('/models', options));
    const entries = reply.status === 200 ? readList(reply.body) : null;
    if (entries !== null) {
      this.last = 'running';
      if (this.options.isOnThisMachine === true) await this.files.read(entries);
      return entries;
    }
    this.last = reply.status === 503 ? 'starting' : 'unreachable';
    const what = reply.status === 200 ? 'answered with something other than its list' : refusal(reply);
    throw new EngineError('unreachable', `${subject} ${what}`);
  }

  private call(
    subject: string,
    signal: AbortSignal,
    send: Parameters<typeof reach>[2],
  ): Promise<EngineReply> {
    return reach(subject, signal, send, this.lost);
  }

  private residentOf(entry: RouterEntry): ResidentModel | null {
    const isUnloading = this.unloading.has(entry.id);
    if (isHeld(entry.value) && !isUnloading) this.unloaded.delete(entry.id);
    const resident = residentOf(entry, this.unloaded.has(entry.id));
    if (resident === null) return null;
    if (isUnloading) return { ...resident, state: 'unloading', progress: null };
    if (resident.state === 'loading') {
      return { ...resident, progress: this.progress.get(entry.id) ?? resident.progress };
    }
    if (resident.state === 'loaded') return { ...resident, footprintBytes: this.footprintOf(entry.id) };
    if (resident.state === 'failed') {
      return { ...resident, error: this.failures.get(entry.id) ?? resident.error };
    }
    return resident;
  }
}

function refusal(reply: EngineReply): string {
  const message = messageOf(reply);
  return `its router answered ${reply.status}${message === '' ? '' : ` (${message})`}`;
}
