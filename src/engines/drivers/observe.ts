import { EngineError } from '../driver.ts';
import type { EngineDriver, LoadedModel, ResidentModel } from '../driver.ts';
import type { EngineState } from '../../protocol/engine.ts';
import { elements, fields, positive, text } from '../../util/json-fields.ts';
import { EngineCallError, type EngineHttp, type EngineReply } from './engine-http.ts';
import { isHeld, readList, residentOf } from './router/replies.ts';
import { readRunning } from './ollama/replies.ts';
import { abortedError } from './wording.ts';

const CALL_MS = 5_000;
/** Servers without `/health`. */
const NO_HEALTH: readonly number[] = [404, 405, 501];

/** A server as one look shows it. */
export interface SeenServer {
  /** `refused`: nothing listens; `starting`: it listens and does not serve. */
  readonly state: 'ready' | 'starting' | 'refused';
  readonly models: readonly ResidentModel[];
}

/**
 * Looks at a server that has its models loaded whenever it serves, such as vLLM: `/health`, then `/v1/models`. Rejects
 * with an `EngineError` if it does not answer in time.
 */
export async function readServer(http: EngineHttp, signal: AbortSignal): Promise<SeenServer> {
  const health = await unlessRefused(http.get('/health', { signal, timeoutMs: CALL_MS }), signal);
  if (health === null) return { state: 'refused', models: [] };
  if (health.status !== 200 && !NO_HEALTH.includes(health.status)) return { state: 'starting', models: [] };
  const list = await unlessRefused(http.get('/v1/models', { signal, timeoutMs: CALL_MS }), signal);
  if (list === null) return { state: 'refused', models: [] };
  if (list.status !== 200) return { state: 'starting', models: [] };
  const entries = elements(fields(list.body)['data'])?.map(fields) ?? [];
  const models = entries.flatMap((entry) => {
    const modelId = text(entry['id']);
    const window = positive(entry['max_model_len']) ?? positive(fields(entry['meta'])['n_ctx']);
    return modelId === null ? [] : [resident(modelId, window)];
  });
  return { state: 'ready', models };
}

function resident(modelId: string, contextLength: number | null): ResidentModel {
  return { modelId, state: 'loaded', progress: null, footprintBytes: null, contextLength, error: null };
}

/** null: the connection was refused. */
async function unlessRefused(call: Promise<EngineReply>, signal: AbortSignal): Promise<EngineReply | null> {
  try {
    return await call;
  } catch (error) {
    if (signal.aborted) throw abortedError('The engine');
    if (!(error instanceof EngineCallError)) throw error;
    if (error.refused) return null;
    throw new EngineError('unreachable', `The engine: ${error.message}`);
  }
}

/** Reads what a server holds, in the way that it offers. */
type Read = (http: EngineHttp, signal: AbortSignal) => Promise<SeenServer>;

/** A router's list, else that of a server with one model: `engine.manage` does not change what a llama-server shows. */
const readLlama: Read = async (http, signal) => {
  const reply = await unlessRefused(http.get('/models', { signal, timeoutMs: CALL_MS }), signal);
  const entries = reply?.status === 200 ? readList(reply.body) : null;
  if (entries === null) return readServer(http, signal);
  const models = entries.filter(({ value }) => isHeld(value)).map((entry) => residentOf(entry, true));
  return { state: 'ready', models: models.filter((model) => model !== null) };
};

const readOllama: Read = async (http, signal) => {
  const reply = await unlessRefused(http.get('/api/ps', { signal, timeoutMs: CALL_MS }), signal);
  if (reply === null) return { state: 'refused', models: [] };
  const models = readRunning(reply.body).map(({ name, bytes, contextLength }) => ({
    ...resident(name, contextLength),
    footprintBytes: bytes,
  }));
  return { state: reply.status === 200 ? 'ready' : 'starting', models };
};

/** An engine that Laneway only looks at: `engine.manage` is `none`, or its server can neither load nor unload. */
export class Observer implements EngineDriver {
  readonly name = 'none';
  readonly verbs = [] as const;
  private readonly http: EngineHttp;
  private readonly read: Read;
  private readonly reason: string;
  private last: EngineState = 'unreachable';

  /** `reason` is why nothing can be done with it, and follows a model's name. */
  constructor(http: EngineHttp, providerType: string, reason: string) {
    this.http = http;
    this.read = providerType === 'ollama' ? readOllama : providerType === 'llamacpp' ? readLlama : readServer;
    this.reason = reason;
  }

  get state(): EngineState {
    return this.last;
  }

  async residency(signal: AbortSignal): Promise<readonly ResidentModel[]> {
    try {
      const { state, models } = await this.read(this.http, signal);
      this.last = state === 'ready' ? 'running' : state === 'refused' ? 'unreachable' : 'starting';
      return models;
    } catch (error) {
      if (!signal.aborted) this.last = 'unreachable';
      throw error;
    }
  }

  load({ modelId }: { readonly modelId: string }): Promise<LoadedModel> {
    return Promise.reject(new EngineError('failed', `Model ${modelId} cannot be loaded: ${this.reason}`));
  }

  unload(modelId: string): Promise<void> {
    return Promise.reject(new EngineError('failed', `Model ${modelId} cannot be unloaded: ${this.reason}`));
  }

  slots(): Promise<null> {
    return Promise.resolve(null);
  }

  close(): Promise<void> {
    this.last = 'stopped';
    return Promise.resolve();
  }
}
