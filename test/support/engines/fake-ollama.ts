import {
  EngineCallError,
  type EngineHttp,
  type EngineReply,
} from '../../../src/engines/drivers/engine-http.ts';
import { reply } from './fake-router.ts';

interface Weights {
  readonly hash: string;
  readonly embeds: boolean;
}

/** An Ollama in memory that answers as v0.17.4 has answered: one runner for the same weights under all names. */
export class FakeOllama implements EngineHttp {
  readonly calls: string[] = [];
  readonly bodies: unknown[] = [];
  /** Polls of `/api/ps` for which a model stays after its unload was answered, as while a stream runs. */
  lingers = 0;
  /** Answers a load instead; null: it succeeds. A promise is a load that takes its time. */
  onLoad: (() => EngineReply | Promise<EngineReply>) | null = null;
  /** False: nothing listens. */
  listens = true;
  private readonly names = new Map<string, Weights>();
  /** Names by the hash of the runner that they have loaded. */
  private readonly running = new Map<string, { name: string; window: number; left: number | null }>();

  add(name: string, hash: string, embeds = false): this {
    this.names.set(name, { hash: hash.padEnd(64, '0'), embeds });
    return this;
  }

  /** Loaded by somebody else. */
  load(name: string, window = 2048): void {
    this.running.set(this.weightsOf(name)?.hash ?? '', { name, window, left: null });
  }

  get(path: string, { signal }: { signal: AbortSignal }): Promise<EngineReply> {
    this.calls.push(`GET ${path}`);
    if (signal.aborted) return Promise.reject(new EngineCallError('the call was aborted'));
    if (!this.listens)
      return Promise.reject(new EngineCallError('the server cannot be reached: ECONNREFUSED', true));
    if (path === '/api/ps') return Promise.resolve(reply(200, { models: this.ps() }));
    if (path === '/api/tags') {
      const models = [...this.names.keys()].map((name) => ({
        name,
        model: name,
        digest: `digest of ${name}`,
      }));
      const remote = {
        name: 'big:cloud',
        model: 'big:cloud',
        digest: 'c',
        remote_host: 'https://ollama.com',
      };
      return Promise.resolve(reply(200, { models: [...models, remote] }));
    }
    return Promise.resolve(reply(200, { version: '0.17.4' }));
  }

  async post(path: string, body: object, { signal }: { signal: AbortSignal }): Promise<EngineReply> {
    const {
      model,
      keep_alive: keep,
      options,
    } = body as { model: string; keep_alive?: number; options?: { num_ctx?: number } };
    this.calls.push(`POST ${path} ${model}`);
    this.bodies.push(body);
    if (!this.listens) throw new EngineCallError('the server cannot be reached: ECONNREFUSED', true);
    const weights = this.weightsOf(model);
    if (weights === undefined) return reply(404, { error: `model '${model}' not found` });
    if (path === '/api/show')
      return reply(200, { modelfile: `# FROM x\n\nFROM /blobs/sha256-${weights.hash}\nTEMPLATE x\n` });
    if (keep === 0) {
      const runner = this.running.get(weights.hash);
      if (runner !== undefined) runner.left = this.lingers;
      return reply(200, { model, response: '', done: true, done_reason: 'unload' });
    }
    if (path === '/api/generate' && weights.embeds)
      return reply(400, { error: `"${model}" does not support generate` });
    if (this.onLoad !== null) {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new EngineCallError('the call was aborted'));
        });
      });
      const answer = await Promise.race([this.onLoad(), aborted]);
      if (answer.status !== 200) return answer;
    }
    if (!this.running.has(weights.hash)) this.load(this.tagged(model), options?.num_ctx);
    return reply(200, { model, response: '', done: true, done_reason: 'load' });
  }

  lines(): Promise<void> {
    return Promise.resolve();
  }

  private ps(): object[] {
    for (const [hash, runner] of this.running) {
      if (runner.left === 0) this.running.delete(hash);
      else if (runner.left !== null) runner.left -= 1;
    }
    return [...this.running.values()].map(({ name, window }) => ({
      ...{ name, model: name, digest: `digest of ${name}` },
      ...{ size: 143_762_688, size_vram: 0, context_length: window },
    }));
  }

  private tagged(name: string): string {
    return name.includes(':') ? name : `${name}:latest`;
  }

  private weightsOf(name: string): Weights | undefined {
    return this.names.get(this.tagged(name));
  }
}
