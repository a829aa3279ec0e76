import { type EngineDriver, EngineError, type LoadedModel, type LoadRequest } from '../driver.ts';
import type { ReadMachine } from '../sensors/machine.ts';
import type { PoolEffect } from './pool-effect.ts';

/** Where the results of calls go. A call has exactly one result. */
export interface CallResults {
  loaded(step: number, loaded: LoadedModel): void;
  loadFailed(step: number, error: EngineError): void;
  progress(step: number, fraction: number | null): void;
  unloaded(step: number): void;
  unloadFailed(step: number, error: EngineError): void;
  probed(step: number, slots: number | null): void;
  probeFailed(step: number, error: EngineError): void;
}

/** Asks a model that is loaded for a token, or whatever else shows that it serves; rejects if it does not. */
export type Probe = (target: string, signal: AbortSignal) => Promise<void>;

/** Runs the calls that switches make of engines; each can be aborted by its step. Never rejects. */
export class EngineCalls {
  readonly #results: CallResults;
  readonly #probe: Probe | null;
  readonly #readMachine: ReadMachine;
  readonly #running = new Map<number, AbortController>();

  constructor(results: CallResults, probe: Probe | null, readMachine: ReadMachine) {
    this.#results = results;
    this.#probe = probe;
    this.#readMachine = readMachine;
  }

  abort(step: number): void {
    this.#running.get(step)?.abort();
  }

  abortAll(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  async load(step: number, driver: EngineDriver, request: LoadRequest): Promise<void> {
    const progress = (fraction: number | null): void => {
      if (this.#running.has(step)) this.#results.progress(step, fraction);
    };
    try {
      const loaded = await this.#run(step, async (signal) => {
        const { oomKills } = await this.#readMachine();
        return driver.load(request, progress, signal).catch(async (error: unknown) => {
          throw (await this.#hasKilledSince(oomKills)) ? outOfMemory(error) : error;
        });
      });
      this.#results.loaded(step, loaded);
    } catch (error) {
      this.#results.loadFailed(step, engineErrorOf(error, request.modelId));
    }
  }

  /** `before` has to be done first, such as keeping what a crash would lose. */
  async unload(step: number, driver: EngineDriver, modelId: string, before: Promise<unknown>): Promise<void> {
    try {
      await this.#run(step, async (signal) => {
        await before;
        await driver.unload(modelId, signal);
      });
      this.#results.unloaded(step);
    } catch (error) {
      this.#results.unloadFailed(step, engineErrorOf(error, modelId));
    }
  }

  /** `measure` reads the sensors, so that the model's memory can be seen. */
  async probe(
    step: number,
    driver: EngineDriver,
    { target, modelId }: { readonly target: string; readonly modelId: string },
    measure: () => Promise<void>,
  ): Promise<void> {
    try {
      const slots = await this.#run(step, async (signal) => {
        const models = await driver.residency(signal);
        const seen = models.find((each) => each.modelId === modelId);
        if (seen?.state === 'failed' || seen?.state === 'unloaded')
          throw new EngineError('failed', seen.error ?? `${target} was loaded, but is not there any more`);
        await this.#probe?.(target, signal);
        await measure();
        return driver.slots(modelId, signal).catch(() => null);
      });
      this.#results.probed(step, slots);
    } catch (error) {
      this.#results.probeFailed(step, engineErrorOf(error, target));
    }
  }

  /**
   * The result of a call of an engine that the pool does not have: its driver is not created yet, or its provider has left,
   * and its models with it. Where one of these was to make room (`isRoom`), that is done.
   */
  none(
    {
      type,
      step,
      target,
    }: Pick<Extract<PoolEffect, { step: number; target: string }>, 'type' | 'step' | 'target'>,
    isRoom: boolean,
  ): void {
    const error = new EngineError(
      'unreachable',
      `the provider of ${target} was changed, disabled or removed`,
    );
    if (type === 'load') this.#results.loadFailed(step, error);
    else if (type === 'probe') this.#results.probeFailed(step, error);
    else if (isRoom) this.#results.unloaded(step);
    else this.#results.unloadFailed(step, error);
  }

  /** Has the kernel killed a program because memory ran out? `before`: its count by then. */
  async #hasKilledSince(before: number | null): Promise<boolean> {
    const { oomKills } = await this.#readMachine();
    return before !== null && oomKills !== null && oomKills > before;
  }

  async #run<Result>(step: number, call: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    this.#running.set(step, controller);
    try {
      return await call(controller.signal);
    } finally {
      this.#running.delete(step);
    }
  }
}

/**
 * The error of a load during which the kernel has killed a program: a router, and Ollama, name a killed server as one that
 * ended with exit code 1.
 */
function outOfMemory(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.kind !== 'failed') return error;
  const message = `${error.message}; meanwhile the system has killed a program because memory ran out`;
  return new EngineError('out_of_memory', message, error.exitCode);
}

/** Drivers reject with an `EngineError`; whatever else is thrown becomes one. */
function engineErrorOf(error: unknown, name: string): EngineError {
  if (error instanceof EngineError) return error;
  const cause = error instanceof Error ? error.message : 'unknown cause';
  return new EngineError('failed', `${name}: ${cause}`);
}
