import {
  EngineCallError,
  type EngineHttp,
  type EngineReply,
} from '../../../src/engines/drivers/engine-http.ts';

/** What the router lists of a model; the rest of an entry never changes. */
export interface FakeStatus {
  value: string;
  failed?: boolean;
  exit_code?: number;
  progress?: unknown;
  window?: number;
}

/** A router in memory that answers as llama-server b11434 and b10434 have answered, statuses and bodies alike. */
export class FakeRouter implements EngineHttp {
  readonly models = new Map<string, FakeStatus>();
  /** Method and path of every call, with the model of a POST. */
  readonly calls: string[] = [];
  /** What becomes of a model after `POST /models/load`, list by list; the last one stays. */
  onLoad: (modelId: string) => readonly FakeStatus[] = () => [
    { value: 'loading' },
    { value: 'loaded', window: 1024 },
  ];
  /** The same after `POST /models/unload`. */
  onUnload: (modelId: string) => readonly FakeStatus[] = () => [{ value: 'unloaded', exit_code: 0 }];
  /** Answers instead of the list; null: the list. */
  answer: (() => EngineReply) | null = null;
  private readonly scripts = new Map<string, FakeStatus[]>();
  private readonly listeners = new Set<(line: string) => void>();

  constructor(...ids: readonly string[]) {
    for (const id of ids) this.models.set(id, { value: 'unloaded' });
  }

  async get(path: string, { signal }: { signal: AbortSignal }): Promise<EngineReply> {
    this.calls.push(`GET ${path}`);
    if (signal.aborted) throw new EngineCallError('the call was aborted');
    if (path.startsWith('/props')) return reply(200, { role: 'router', total_slots: 2 });
    return Promise.resolve(this.answer?.() ?? reply(200, this.list()));
  }

  post(path: string, body: object): Promise<EngineReply> {
    const { model } = body as { model: string };
    this.calls.push(`POST ${path} ${model}`);
    return Promise.resolve(path === '/models/load' ? this.load(model) : this.unload(model));
  }

  lines(_path: string, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    this.listeners.add(onLine);
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        this.listeners.delete(onLine);
        resolve();
      });
    });
  }

  /** Open event streams. */
  get streams(): number {
    return this.listeners.size;
  }

  /** Sends an event as the router writes it. */
  emit(event: 'model_status' | 'status_change', model: string, data: object): void {
    for (const listener of this.listeners) listener(`data: ${JSON.stringify({ model, event, data })}`);
  }

  private load(model: string): EngineReply {
    const status = this.models.get(model);
    if (status === undefined) return reply(404, fault(404, 'File Not Found', 'not_found_error'));
    if (status.value !== 'unloaded')
      return reply(400, fault(400, 'model is already running', 'invalid_request_error'));
    this.script(model, this.onLoad(model));
    return reply(200, { success: true });
  }

  private unload(model: string): EngineReply {
    const status = this.models.get(model);
    if (status === undefined) return reply(400, fault(400, 'model is not found', 'invalid_request_error'));
    if (status.value === 'unloaded')
      return reply(400, fault(400, 'model is not running', 'invalid_request_error'));
    this.script(model, this.onUnload(model));
    return reply(200, { success: true });
  }

  private script(model: string, states: readonly FakeStatus[]): void {
    const [first, ...rest] = states;
    if (first !== undefined) this.models.set(model, first);
    this.scripts.set(model, rest);
  }

  private list(): object {
    const data = [...this.models].map(([id, { window, ...status }]) => ({
      id,
      object: 'model',
      owned_by: 'llamacpp',
      status: {
        ...status,
        args: ['/opt/secret/llama-server', '--api-key', 'private', '--model', `/home/me/${id}.gguf`],
        preset: `[${id}]\nmodel = /home/me/${id}.gguf\n`,
      },
      ...(window === undefined ? {} : { meta: { n_ctx: window } }),
    }));
    for (const [model, rest] of this.scripts) {
      const next = rest.shift();
      if (next !== undefined) this.models.set(model, next);
    }
    return { data, object: 'list' };
  }
}

/** A reply with a JSON body. */
export function reply(status: number, body: unknown): EngineReply {
  return { status, body, text: JSON.stringify(body) };
}

function fault(code: number, message: string, type: string): object {
  return { error: { code, message, type } };
}
