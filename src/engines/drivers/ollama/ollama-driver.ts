import { EngineError } from '../../driver.ts';
import type { EngineDriver, LoadedModel, LoadRequest, ResidentModel } from '../../driver.ts';
import type { EngineState } from '../../../protocol/engine.ts';
import type { EngineHttp, EngineReply } from '../engine-http.ts';
import { CALL_MS, ifNotRunning, lostError, reach } from '../reach.ts';
import { type EngineLimits, StallWatch, type EngineTime } from '../timing.ts';
import { abortedError, messageOf, saysOutOfMemory } from '../wording.ts';
import { readRunning, readTags, readWeights, tagged, type RunningModel } from './replies.ts';

/** What the driver of an Ollama needs. */
export interface OllamaOptions {
  readonly http: EngineHttp;
  readonly time: EngineTime;
  readonly limits: EngineLimits;
  /** Its address is a loopback address: it holds nothing once it refuses connections. */
  readonly isOnThisMachine: boolean;
}

const SHOW_MS = 30_000;
const POLL_MS = 100;
/** While a load runs, the server is asked this often whether it still answers. */
const ALIVE_MS = 2_000;
/** A load has no deadline of its own: the stall watch ends it. */
const LOAD_MS = 24 * 3_600_000;
/** Ollama ends its runner after the last of its requests. */
const UNLOAD_MARGIN_MS = 10_000;
const MAX_SHOWN = 64;

/**
 * Ollama: a request without a prompt loads a model, and one with `keep_alive: 0` unloads it. The answer to an unload
 * comes before the unload, so that `/api/ps` is polled. Ollama keeps one runner for the same weights under several
 * names; all of these names count as loaded. It reports no progress.
 */
export class OllamaDriver implements EngineDriver {
  readonly name = 'ollama';
  readonly verbs = ['load', 'unload'] as const;
  readonly loadsForRequests = true;
  private readonly options: OllamaOptions;
  private readonly closing = new AbortController();
  /** Loads that have not settled, and how to give them up. */
  private readonly loads = new Map<
    string,
    { readonly cancel: AbortController; readonly settled: Promise<unknown> }
  >();
  private readonly unloading = new Set<string>();
  private readonly failed = new Map<string, string>();
  /** Hashes of weights by the digest of a name's manifest, which never changes. */
  private weights = new Map<string, string>();
  private last: EngineState = 'unreachable';

  private readonly lost = (): void => {
    this.last = 'unreachable';
  };

  constructor(options: OllamaOptions) {
    this.options = options;
  }

  get state(): EngineState {
    return this.last;
  }

  async residency(signal: AbortSignal): Promise<readonly ResidentModel[]> {
    const running = await ifNotRunning(this.running(signal), this.options.isOnThisMachine, []);
    const models = new Map<string, ResidentModel>();
    for (const [modelId, message] of this.failed)
      models.set(modelId, { ...resident(modelId, null), state: 'failed', error: message });
    for (const entry of running.length === 0 ? [] : await this.withOtherNames(running, signal)) {
      models.set(entry.modelId, this.unloading.has(entry.modelId) ? { ...entry, state: 'unloading' } : entry);
    }
    for (const modelId of this.loads.keys())
      models.set(modelId, { ...resident(modelId, null), state: 'loading' });
    return [...models.values()];
  }

  async load(
    request: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    const modelId = tagged(request.modelId);
    const subject = `Model ${request.modelId}`;
    if (this.loads.has(modelId)) throw new EngineError('failed', `${subject} is being loaded already`);
    this.failed.delete(modelId);
    const cancel = new AbortController();
    const either = AbortSignal.any([signal, this.closing.signal, cancel.signal]);
    const work = this.request(request, onProgress, either).then(() => this.loaded(modelId, either));
    this.loads.set(modelId, { cancel, settled: work.catch(() => undefined) });
    try {
      return await work;
    } catch (error) {
      const kind = error instanceof EngineError ? error.kind : 'failed';
      if (error instanceof EngineError && kind !== 'aborted') this.failed.set(modelId, error.message);
      if (kind === 'aborted' || kind === 'stalled') await this.cancelLoad(modelId);
      if (cancel.signal.aborted) throw new EngineError('aborted', `${subject} was unloaded while it loaded`);
      throw error;
    } finally {
      this.loads.delete(modelId);
    }
  }

  async unload(id: string, signal: AbortSignal): Promise<void> {
    const modelId = tagged(id);
    const either = AbortSignal.any([signal, this.closing.signal]);
    this.failed.delete(modelId);
    this.unloading.add(modelId);
    try {
      // Ollama would go on with it: it does not know a model that is still loading.
      const load = this.loads.get(modelId);
      load?.cancel.abort();
      await load?.settled;
      await ifNotRunning(this.untilGone(modelId, either), this.options.isOnThisMachine, undefined);
    } finally {
      this.unloading.delete(modelId);
    }
  }

  slots(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  /** The request that loads a model, which Ollama answers once it is loaded. */
  private async request(
    { modelId, contextLength }: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { http, time } = this.options;
    const { stallMs } = this.options.limits;
    const watch = new StallWatch(time, stallMs, 'blind');
    const give = new AbortController();
    const either = AbortSignal.any([signal, give.signal]);
    const body = {
      // Without `keep_alive`: for how long Ollama keeps an idle model is its operator's setting.
      model: modelId,
      ...(contextLength === null ? {} : { options: { num_ctx: contextLength } }),
    };
    const options = { signal: either, timeoutMs: LOAD_MS };
    const work = http.post('/api/generate', body, options).then((reply) =>
      // An embeddings model: nothing is generated for an empty list of inputs.
      reply.status === 400 && messageOf(reply).includes('does not support')
        ? http.post('/api/embed', { ...body, input: [] }, options)
        : reply,
    );
    let over = false;
    const done = new AbortController();
    const settled = work.finally(() => {
      over = true;
      done.abort();
    });
    settled.catch(() => undefined);
    const isOver = (): boolean => over || either.aborted;
    let answered = time.now();
    while (!isOver()) {
      await time.sleep(ALIVE_MS, AbortSignal.any([either, done.signal]));
      if (isOver()) break;
      const alive = await http.get('/api/version', { signal: either, timeoutMs: CALL_MS }).catch(() => null);
      if (alive?.status === 200) answered = time.now();
      onProgress(null);
      if (watch.stalled || time.now() - answered > stallMs) give.abort();
    }
    const reply = await settled.catch((error: unknown) => error as Error);
    if (signal.aborted) throw abortedError(`Model ${modelId}`);
    if (give.signal.aborted) {
      throw new EngineError(
        'stalled',
        `Model ${modelId} could not be loaded: Ollama has not loaded it within ${watch.seconds} s`,
      );
    }
    if (reply instanceof Error) throw lostError(`Model ${modelId}`, reply, this.lost);
    this.last = 'running';
    if (reply.status !== 200) throw loadError(modelId, reply);
  }

  private async loaded(modelId: string, signal: AbortSignal): Promise<LoadedModel> {
    const running = await this.running(signal);
    const entry =
      running.find(({ name }) => name === modelId) ?? (await this.sharing(modelId, running, signal));
    return { contextLength: entry?.contextLength ?? null, footprintBytes: entry?.bytes ?? null };
  }

  /** After a load that was given up. Ollama ends it with its connection; this is in case it does not. */
  private async cancelLoad(modelId: string): Promise<void> {
    try {
      await this.untilGone(modelId, new AbortController().signal);
    } catch {
      // Ollama does not answer: then nobody can end the load.
    }
  }

  private async untilGone(modelId: string, signal: AbortSignal): Promise<void> {
    const { http, time } = this.options;
    const { stopMs } = this.options.limits;
    const subject = `Model ${modelId}`;
    const reply = await this.call(subject, signal, (options) =>
      http.post('/api/generate', { model: modelId, keep_alive: 0 }, options),
    );
    // A model that does not exist is not loaded.
    if (reply.status === 404) return;
    if (reply.status !== 200) {
      throw new EngineError(
        'failed',
        `${subject} could not be unloaded: Ollama answered ${reply.status} (${messageOf(reply)})`,
      );
    }
    const began = time.now();
    for (;;) {
      const running = await this.running(signal);
      const entry =
        running.find(({ name }) => name === modelId) ?? (await this.sharing(modelId, running, signal));
      if (entry === null) return;
      if (time.now() - began > stopMs + UNLOAD_MARGIN_MS) {
        throw new EngineError('stalled', `${subject} is still loaded: a request is using it`);
      }
      await time.sleep(POLL_MS, signal);
    }
  }

  private async running(signal: AbortSignal): Promise<readonly RunningModel[]> {
    const reply = await this.call('Ollama', signal, (options) => this.options.http.get('/api/ps', options));
    if (reply.status === 200) {
      this.last = 'running';
      return readRunning(reply.body);
    }
    this.last = 'unreachable';
    throw new EngineError('unreachable', `Ollama answered ${reply.status} to GET /api/ps`);
  }

  /** The running model that has the weights of another one, under another name; null: none. */
  private async sharing(
    modelId: string,
    running: readonly RunningModel[],
    signal: AbortSignal,
  ): Promise<RunningModel | null> {
    if (running.length === 0) return null;
    const tags = await this.tags(signal);
    const digest = tags.find(({ name }) => name === modelId)?.digest ?? '';
    const weights = await this.weightsOf(modelId, digest, signal);
    if (weights === null) return null;
    for (const entry of running) {
      if ((await this.weightsOf(entry.name, entry.digest, signal)) === weights) return entry;
    }
    return null;
  }

  /** The running models, each under all its names; the memory of a runner counts for the name that has loaded it. */
  private async withOtherNames(
    running: readonly RunningModel[],
    signal: AbortSignal,
  ): Promise<readonly ResidentModel[]> {
    const tags = (await this.tags(signal)).slice(0, MAX_SHOWN);
    const digests = new Set([...tags, ...running].map(({ digest }) => digest));
    this.weights = new Map([...this.weights].filter(([digest]) => digests.has(digest)));
    const byWeights = new Map<string, RunningModel>();
    const models = new Map<string, ResidentModel>();
    for (const entry of running) {
      models.set(entry.name, resident(entry.name, entry));
      const weights = await this.weightsOf(entry.name, entry.digest, signal);
      if (weights !== null) byWeights.set(weights, entry);
    }
    for (const { name, digest } of tags) {
      if (models.has(name)) continue;
      const weights = await this.weightsOf(name, digest, signal);
      const entry = weights === null ? undefined : byWeights.get(weights);
      if (entry !== undefined) models.set(name, resident(name, { ...entry, bytes: 0 }));
    }
    return [...models.values()];
  }

  private async tags(signal: AbortSignal): Promise<ReturnType<typeof readTags>> {
    const reply = await this.call('Ollama', signal, (options) => this.options.http.get('/api/tags', options));
    return reply.status === 200 ? readTags(reply.body) : [];
  }

  private async weightsOf(name: string, digest: string, signal: AbortSignal): Promise<string | null> {
    const known = this.weights.get(digest);
    if (known !== undefined || digest === '') return known ?? null;
    const { http } = this.options;
    const reply = await http
      .post('/api/show', { model: name }, { signal, timeoutMs: SHOW_MS })
      .catch(() => null);
    const weights = reply?.status === 200 ? readWeights(reply.body) : null;
    if (weights !== null) this.weights.set(digest, weights);
    return weights;
  }

  private call(
    subject: string,
    signal: AbortSignal,
    send: Parameters<typeof reach>[2],
  ): Promise<EngineReply> {
    return reach(subject, signal, send, this.lost);
  }
}

function resident(modelId: string, running: RunningModel | null): ResidentModel {
  const { bytes = null, contextLength = null } = running ?? {};
  return { modelId, state: 'loaded', progress: null, footprintBytes: bytes, contextLength, error: null };
}

/** Ollama's runner is ended by the kernel when memory runs out: `signal: killed`. */
const KILLED = /signal: killed/;
/** Ollama's own limit, `OLLAMA_LOAD_TIMEOUT`. */
const TIMED_OUT = /timed out waiting for (?:llama runner|server)/;

function loadError(modelId: string, reply: EngineReply): EngineError {
  const message = messageOf(reply);
  const subject = `Model ${modelId} could not be loaded`;
  if (reply.status === 404)
    return new EngineError('not_found', `Model ${modelId} is not in Ollama: ${message}`);
  if (saysOutOfMemory(message) || KILLED.test(message)) {
    return new EngineError('out_of_memory', `${subject}: ${message}`, KILLED.test(message) ? 137 : null);
  }
  if (TIMED_OUT.test(message)) return new EngineError('stalled', `${subject}: ${message}`);
  return new EngineError('failed', `${subject}: Ollama answered ${reply.status} (${message})`);
}
