import { EngineError } from '../driver.ts';
import type { EngineDriver, LoadedModel, LoadRequest, ResidentModel } from '../driver.ts';
import type { EngineState } from '../../protocol/engine.ts';
import { fields, positive } from '../../util/json-fields.ts';
import type { OnExit } from './driver-events.ts';
import type { EngineModel } from './engine-model.ts';
import { ServerProcess, type ServerPorts } from './processes/server-process.ts';
import { fillTemplate } from './processes/template.ts';
import { abortedError } from './wording.ts';

/** What the driver of `engine.command` needs. */
export interface ProcessOptions {
  /** `engine.command`. */
  readonly template: readonly string[];
  /** The file of a model; null: there is no such model. */
  readonly find: (modelId: string) => EngineModel | null;
  readonly environment: Readonly<Record<string, string>>;
  readonly freePort: () => Promise<number>;
  readonly ports: ServerPorts;
  readonly onExit: OnExit;
}

const CALL_MS = 5_000;
/** A port may be taken between the choice and its use. */
const PORT_TRIES = 3;
const PORT_TAKEN = /address already in use|could ?n.t bind|failed to bind|EADDRINUSE/i;

/**
 * By these variables llama-server quantises its cache unless the command has these options; other programs ignore them. It
 * then enables flash attention by itself.
 */
const QUANTIZED = { LLAMA_ARG_CACHE_TYPE_K: 'q8_0', LLAMA_ARG_CACHE_TYPE_V: 'q8_0' };

/**
 * With this verbosity llama-server reports the buffers that it allocates (b10434), unless the command has the option;
 * other programs ignore the variable.
 */
const REPORTING = { LLAMA_ARG_LOG_VERBOSITY: '4' };

/** One model and its server. */
interface Entry {
  readonly server: ServerProcess | null;
  readonly state: 'loaded' | 'failed';
  readonly loaded: LoadedModel | null;
  readonly error: string | null;
}

/** A load that has not settled. */
interface Load {
  readonly cancel: AbortController;
  readonly settled: Promise<unknown>;
}

/**
 * One llama-server for each loaded model, started from `engine.command` on a free loopback port. They end with Laneway.
 * One that ends by itself is reported and not started again.
 */
export class ProcessDriver implements EngineDriver {
  readonly name = 'process';
  readonly verbs = ['load', 'unload'] as const;
  readonly quantizesCache = true;
  private readonly options: ProcessOptions;
  private readonly entries = new Map<string, Entry>();
  private readonly loads = new Map<string, Load>();
  private readonly closing = new AbortController();
  /** Servers that have not ended yet, also those whose load was given up. */
  private readonly servers = new Set<ServerProcess>();

  constructor(options: ProcessOptions) {
    this.options = options;
  }

  get state(): EngineState {
    const isLoaded = Array.from(this.entries.values()).some(({ state }) => state === 'loaded');
    if (isLoaded) return 'running';
    if (this.loads.size > 0) return 'starting';
    return this.servers.size > 0 ? 'stopping' : 'stopped';
  }

  get serverAddresses(): readonly string[] {
    return Array.from(this.entries.keys()).flatMap((modelId) => this.addressOf(modelId) ?? []);
  }

  residency(): Promise<readonly ResidentModel[]> {
    const models = Array.from(this.entries, ([modelId, { server, state, loaded, error }]) => ({
      modelId,
      state: server?.isStopping === true ? ('unloading' as const) : state,
      progress: null,
      footprintBytes: loaded?.footprintBytes ?? null,
      contextLength: loaded?.contextLength ?? null,
      error,
    }));
    const loading = Array.from(this.loads, ([modelId, { cancel }]) => ({
      modelId,
      state: cancel.signal.aborted ? ('unloading' as const) : ('loading' as const),
      ...{ progress: null, footprintBytes: null, contextLength: null, error: null },
    }));
    return Promise.resolve([...models, ...loading]);
  }

  async load(
    request: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const { modelId } = request;
    const subject = `Model ${modelId}`;
    if (this.closing.signal.aborted) throw abortedError(subject);
    const model = this.options.find(modelId);
    if (model === null) throw new EngineError('not_found', `${subject} has no file that could be loaded`);
    if (this.loads.has(modelId)) throw new EngineError('failed', `${subject} is being loaded already`);
    const present = this.entries.get(modelId);
    if (present?.server?.isStopping === true) {
      await unlessAborted(present.server.ended(), signal, subject);
      return this.load(request, onProgress, signal);
    }
    if (present?.loaded !== null && present !== undefined) return present.loaded;
    this.entries.delete(modelId);
    const cancel = new AbortController();
    const either = AbortSignal.any([signal, this.closing.signal, cancel.signal]);
    const work = this.loadServer(model, request, onProgress, either).catch((error: unknown) => {
      const unloaded = cancel.signal.aborted && error instanceof EngineError && error.kind === 'aborted';
      throw unloaded ? new EngineError('aborted', `${subject} was unloaded while it loaded`) : error;
    });
    this.loads.set(modelId, { cancel, settled: work.catch(() => undefined) });
    try {
      return await work;
    } catch (error) {
      if (error instanceof EngineError && error.kind !== 'aborted') this.fail(modelId, error);
      throw error;
    } finally {
      this.loads.delete(modelId);
    }
  }

  async unload(modelId: string, signal: AbortSignal): Promise<void> {
    const load = this.loads.get(modelId);
    const subject = `Model ${modelId}`;
    if (load !== undefined) {
      load.cancel.abort();
      await unlessAborted(load.settled, signal, subject);
    }
    const entry = this.entries.get(modelId);
    if (entry?.state === 'failed') this.entries.delete(modelId);
    const stopped = entry?.server?.stop();
    if (stopped !== undefined) await unlessAborted(stopped, signal, subject);
  }

  async slots(modelId: string, signal: AbortSignal): Promise<number | null> {
    const server = this.entries.get(modelId)?.server;
    if (server === null || server === undefined) return null;
    const reply = await server.http.get('/props', { signal, timeoutMs: CALL_MS }).catch(() => null);
    return positive(fields(reply?.body)['total_slots']);
  }

  reasonAgainst(modelId: string): string | null {
    return this.options.find(modelId) === null ? 'there is no file of it in models_dir' : null;
  }

  addressOf(modelId: string): string | null {
    const entry = this.entries.get(modelId);
    return entry?.state === 'loaded' ? (entry.server?.url ?? null) : null;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await Promise.all(Array.from(this.loads.values(), ({ settled }) => settled));
    await Promise.allSettled(Array.from(this.servers, (server) => server.stop()));
    this.entries.clear();
  }

  private async loadServer(
    model: EngineModel,
    request: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const server = await this.startServer(model, request, onProgress, signal);
    const loaded = await describe(server);
    if (signal.aborted || server.exit !== null) {
      await server.stop();
      throw signal.aborted ? abortedError(`Model ${model.id}`) : server.exitError();
    }
    this.entries.set(model.id, { server, state: 'loaded', loaded, error: null });
    this.watch(model.id, server);
    return loaded;
  }

  private async startServer(
    model: EngineModel,
    request: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<ServerProcess> {
    const { template, freePort, ports } = this.options;
    const added = request.quantizedCache === true ? QUANTIZED : {};
    const environment = { ...REPORTING, ...this.options.environment, ...added };
    const { id, path } = model;
    for (let left = PORT_TRIES - 1; ; left -= 1) {
      if (signal.aborted) throw abortedError(`Model ${id}`);
      const port = await freePort();
      const context = request.contextLength ?? model.context;
      const command = fillTemplate(template, { path, model: id, port, context });
      const url = `http://127.0.0.1:${port}`;
      const what = { subject: `Model ${id}`, failing: 'could not be loaded', files: [path] };
      const server = await ServerProcess.start({ ...what, command, environment, url }, ports);
      this.servers.add(server);
      void server.ended().then(() => this.servers.delete(server));
      try {
        await server.untilReady(() => {
          onProgress(null);
        }, signal);
        return server;
      } catch (error) {
        if (left === 0 || server.exit === null || !server.tail.lines.some((line) => PORT_TAKEN.test(line)))
          throw error;
      }
    }
  }

  private watch(modelId: string, server: ServerProcess): void {
    void server.ended().then(() => {
      void server.http.close();
      if (server.isStopping) {
        if (this.entries.get(modelId)?.server === server) this.entries.delete(modelId);
        return;
      }
      const error = server.exitError();
      this.fail(modelId, error);
      this.options.onExit({ modelId, error });
    });
  }

  private fail(modelId: string, { message }: EngineError): void {
    this.entries.set(modelId, { server: null, state: 'failed', loaded: null, error: message });
  }
}

/** The effective window, which `--fit` may have made smaller, and what the server reports as allocated. */
async function describe({ http, tail }: ServerProcess): Promise<LoadedModel> {
  const signal = new AbortController().signal;
  const reply = await http.get('/props', { signal, timeoutMs: CALL_MS }).catch(() => null);
  const { default_generation_settings: settings } = fields(reply?.body);
  return { contextLength: positive(fields(settings)['n_ctx']), footprintBytes: tail.allocatedBytes };
}

/** Waits for something that continues if the caller does not want to wait any longer. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal, subject: string): Promise<void> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(abortedError(subject));
    };
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  work.catch(() => undefined);
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
