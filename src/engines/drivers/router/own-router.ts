import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError, type LoadRequest } from '../../driver.ts';
import type { EngineState } from '../../../protocol/engine.ts';
import type { OnExit } from '../driver-events.ts';
import type { OwnedHttp } from '../engine-http.ts';
import type { EngineModel } from '../engine-model.ts';
import { ServerProcess, type ServerPorts } from '../processes/server-process.ts';
import { abortedError, withoutFolders } from '../wording.ts';
import { type Preset, type PresetModel, writePreset } from './preset.ts';
import type { ModelOutput, OwnedRouter } from './router-driver.ts';
import { RouterOutput } from './router-output.ts';

/** A router to run. */
export interface OwnRouterOptions {
  readonly providerId: string;
  /** `llama-server` with its path, and further options if any. */
  readonly program: readonly string[];
  /** Address and port of the provider's loopback base URL. */
  readonly host: string;
  readonly port: number;
  /** Folder for the preset and an empty model cache, below the data directory. */
  readonly folder: string;
  readonly models: readonly EngineModel[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: ServerPorts;
  readonly onExit: OnExit;
}

const RELOAD_MS = 10_000;
/** MiB of prompts that each model's server keeps in memory; its default of 8192 is in no estimate of a model. */
const PROMPT_CACHE_MIB = 1024;

/**
 * A llama-server in router mode that Laneway runs, with a preset of its own list. It lists exactly those models, loads
 * nothing by itself, and ends with `close`. After an unexpected end the next `prepare` starts it again.
 */
export class OwnRouter implements OwnedRouter {
  readonly url: string;
  /** Calls of it, whatever the address of its provider is by then. */
  readonly http: OwnedHttp;
  private readonly options: OwnRouterOptions;
  private models: readonly EngineModel[];
  /**
   * How each model was last loaded, which replaces what the list says: the router ends the server of a loaded model whose
   * settings or file change in the preset.
   */
  private readonly loads = new Map<string, Omit<PresetModel, 'id'>>();
  /** Models that may be in memory, by their ids. */
  private readonly held = new Set<string>();
  /** Those of them without a file by now: without their section the router would end their server. */
  private readonly withoutFile = new Map<string, EngineModel>();
  private server: ServerProcess | null = null;
  private starting: Promise<void> | null = null;
  private written = '';
  private readonly output = new RouterOutput();
  private closed = false;

  constructor(options: OwnRouterOptions) {
    this.options = options;
    this.models = options.models;
    const { host, port } = options;
    this.url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.http = options.ports.httpAt(this.url);
  }

  get state(): EngineState {
    if (this.starting !== null) return 'starting';
    if (this.server === null || this.server.exit !== null) return 'stopped';
    return this.server.isStopping ? 'stopping' : 'running';
  }

  outputOf(modelId: string): ModelOutput | null {
    const tail = this.output.of(modelId);
    if (tail === null) return null;
    const files = this.models.map(({ path }) => path);
    return { lines: withoutFolders(tail.lines, files), allocatedBytes: tail.allocatedBytes };
  }

  reasonAgainst(modelId: string): string | null {
    if (!this.models.some(({ id }) => id === modelId)) return 'there is no file of it in models_dir';
    return this.skipped.find(({ id }) => id === modelId)?.reason ?? null;
  }

  /** Of the running process; null: there is none. */
  get pid(): number | null {
    return this.server === null || this.server.exit !== null ? null : this.server.pid;
  }

  /** Models of the list that a preset cannot express, with the reason. */
  get skipped(): Preset['skipped'] {
    return this.preset().skipped;
  }

  /** Starts it unless it runs, and resolves when it answers. Rejects with an `EngineError`. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.closed) throw abortedError(this.subject);
    if (this.starting === null && this.state === 'running') return;
    this.starting ??= this.launch(signal).finally(() => {
      this.starting = null;
    });
    await this.starting;
  }

  /** Takes a new list: the router lists it at once, and unloads what has changed in it, but not what is gone from it. */
  async setModels(models: readonly EngineModel[], signal: AbortSignal): Promise<void> {
    for (const model of this.models) if (this.held.has(model.id)) this.withoutFile.set(model.id, model);
    for (const { id } of models) this.withoutFile.delete(id);
    this.models = models;
    if (this.state === 'running') await this.reload(signal);
  }

  async prepare(request: LoadRequest, signal: AbortSignal): Promise<void> {
    const { modelId, contextLength, quantizedCache = false } = request;
    const listed = this.models.find(({ id }) => id === modelId);
    this.held.add(modelId);
    if (listed !== undefined) {
      const { path, context } = listed;
      this.loads.set(modelId, { path, context: contextLength ?? context, quantizedCache });
    }
    await this.start(signal);
    await this.reload(signal);
  }

  forget(modelId: string): void {
    this.held.delete(modelId);
    this.withoutFile.delete(modelId);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.server?.stop();
    await this.starting?.catch(() => undefined);
    await this.http.close();
  }

  private get subject(): string {
    return `The llama-server of ${this.options.providerId}`;
  }

  private preset(): Preset {
    return writePreset(
      [...this.models, ...this.withoutFile.values()].map((model) => ({
        ...{ ...model, quantizedCache: false },
        ...this.loads.get(model.id),
      })),
    );
  }

  private get path(): string {
    return join(this.options.folder, 'models.ini');
  }

  private async launch(signal: AbortSignal): Promise<void> {
    const { program, host, port, folder, environment, ports, onExit } = this.options;
    const cache = join(folder, 'cache');
    await mkdir(cache, { recursive: true, mode: 0o700 }).catch(cannotWrite);
    this.withoutFile.clear();
    await this.write();
    this.output.clear();
    const command = [
      // The program's own options can change these two.
      ...program.slice(0, 1),
      ...['--log-verbosity', '4', '--cache-ram', String(PROMPT_CACHE_MIB)],
      ...program.slice(1),
      ...['--host', host, '--port', String(port), '--models-preset', this.path],
      ...['--no-models-autoload', '--models-max', '0', '--offline'],
    ];
    const server = await ServerProcess.start(
      {
        subject: this.subject,
        failing: 'could not be started',
        files: [this.path],
        command,
        // Without this it also lists what other programs have downloaded.
        environment: { ...environment, LLAMA_CACHE: cache },
        url: this.url,
        onLine: (line) => {
          this.output.add(line);
        },
      },
      ports,
    );
    this.server = server;
    if (this.closed) await server.stop();
    await server.untilReady(() => undefined, signal);
    void server.ended().then(() => {
      if (!server.isStopping) onExit({ modelId: null, error: server.exitError() });
      void server.http.close();
    });
  }

  /** Writes the preset, and lets the router read it if it has changed. */
  private async reload(signal: AbortSignal): Promise<void> {
    if (!(await this.write())) return;
    const reply = await this.server?.http
      .get('/models?reload=1', { signal, timeoutMs: RELOAD_MS })
      .catch(() => null);
    if (reply?.status === 200) return;
    this.written = '';
    if (signal.aborted) throw abortedError(this.subject);
    throw new EngineError('failed', `${this.subject} did not read its new list of models`);
  }

  private async write(): Promise<boolean> {
    const { text } = this.preset();
    if (text === this.written) return false;
    const draft = `${this.path}.new`;
    await writeFile(draft, text, { mode: 0o600 }).catch(cannotWrite);
    await rename(draft, this.path).catch(cannotWrite);
    this.written = text;
    return true;
  }
}

function cannotWrite(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  throw new EngineError(
    'failed',
    `The list of models for llama-server cannot be written to the data folder: ${code}`,
  );
}
