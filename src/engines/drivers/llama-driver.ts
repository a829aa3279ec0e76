import type { EngineDriver, LoadedModel, LoadRequest, ResidentModel } from '../driver.ts';
import type { DriverName, EngineState, EngineVerb } from '../../protocol/engine.ts';
import { fields, flag } from '../../util/json-fields.ts';
import { Observer } from './observe.ts';
import { readList } from './router/replies.ts';
import { RouterDriver, type RouterOptions } from './router/router-driver.ts';

const CALL_MS = 5_000;

/**
 * A llama-server that Laneway did not start: a router if it answers as one, else only observed. It is asked again
 * whenever it may be another server than before.
 */
export class LlamaDriver implements EngineDriver {
  private readonly options: RouterOptions;
  private readonly observer: Observer;
  private router: RouterDriver | null = null;
  private current: EngineDriver;
  private autoloads = false;

  constructor(options: RouterOptions) {
    this.options = options;
    const reason =
      'its llama-server does not answer as a router; start it without a model, with --models-dir or --models-preset, or set engine.command';
    this.observer = new Observer(options.http, 'llamacpp', reason);
    this.current = this.observer;
  }

  get name(): DriverName {
    return this.current.name;
  }

  get verbs(): readonly EngineVerb[] {
    return this.current.verbs;
  }

  /** A router with autoload, as its `/props` say. */
  get loadsForRequests(): boolean {
    return this.current === this.router && this.autoloads;
  }

  get state(): EngineState {
    return this.current.state;
  }

  async residency(signal: AbortSignal): Promise<readonly ResidentModel[]> {
    return (await this.detected(signal)).residency(signal);
  }

  async load(
    request: LoadRequest,
    onProgress: (fraction: number | null) => void,
    signal: AbortSignal,
  ): Promise<LoadedModel> {
    return (await this.detected(signal)).load(request, onProgress, signal);
  }

  async unload(modelId: string, signal: AbortSignal): Promise<void> {
    await (await this.detected(signal)).unload(modelId, signal);
  }

  fileBytes(modelId: string): number | null {
    return this.router?.fileBytes(modelId) ?? null;
  }

  slots(modelId: string, signal: AbortSignal): Promise<number | null> {
    return this.current.slots(modelId, signal);
  }

  async close(): Promise<void> {
    await Promise.all([this.observer.close(), this.router?.close()]);
  }

  /** One router driver for good, since it knows which models Laneway has unloaded. */
  private async detected(signal: AbortSignal): Promise<EngineDriver> {
    if (this.current !== this.observer && this.current.state !== 'unreachable') return this.current;
    const { http } = this.options;
    const options = { signal, timeoutMs: CALL_MS };
    const [list, props] = await Promise.all(
      ['/models', '/props'].map((path) => http.get(path, options).catch(() => null)),
    );
    const isRouter = list?.status === 200 && readList(list.body) !== null;
    const saysRouter = props?.status === 200 && fields(props.body)['role'] === 'router';
    const hasEntries = (readList(list?.body) ?? []).length > 0;
    if (isRouter && (hasEntries || saysRouter)) {
      this.autoloads = props?.status === 200 && flag(fields(props.body)['models_autoload']) === true;
      this.router ??= new RouterDriver(this.options);
      this.current = this.router;
    } else if (list?.status === 200) {
      this.current = this.observer;
    }
    return this.current;
  }
}
