import type { EngineDriver, LoadedModel, LoadRequest, ResidentModel } from '../../src/engines/driver.ts';
import type { Machine } from './machine.ts';
import type { SimModel } from './traffic.ts';

const LOADED = {
  state: 'loaded',
  progress: null,
  footprintBytes: null,
  contextLength: null,
  error: null,
} as const;

/** An engine of the simulated machine: its models take what they declare, in the time that they declare. */
export class FakeEngine implements EngineDriver {
  readonly name = 'router';
  readonly verbs = ['load', 'unload'] as const;
  readonly state = 'running';
  readonly #machine: Machine;
  /** By the id that the engine knows them by. */
  readonly #models: ReadonlyMap<string, SimModel>;
  readonly #held = new Set<string>();

  constructor(machine: Machine, models: readonly SimModel[]) {
    this.#machine = machine;
    this.#models = new Map(models.map((model) => [modelIdOf(model), model]));
  }

  async residency(): Promise<readonly ResidentModel[]> {
    return [...this.#held].map((modelId) => ({ modelId, ...LOADED }));
  }

  async load({ modelId }: LoadRequest): Promise<LoadedModel> {
    const model = this.#model(modelId);
    await new Promise<void>((done) => {
      this.#machine.load(model, done);
    });
    this.#held.add(modelId);
    return { contextLength: null, footprintBytes: null };
  }

  async unload(modelId: string): Promise<void> {
    this.#held.delete(modelId);
    await new Promise<void>((done) => {
      this.#machine.unload(this.#model(modelId), done);
    });
  }

  async slots(modelId: string): Promise<number | null> {
    return this.#model(modelId).slots;
  }

  async close(): Promise<void> {}

  #model(modelId: string): SimModel {
    const model = this.#models.get(modelId);
    if (model === undefined) throw new Error(`the simulated engine has no model ${modelId}`);
    return model;
  }
}

/** Without its provider. */
export const modelIdOf = ({ target }: SimModel): string => target.slice(target.indexOf('/') + 1);
/** Of a model. */
export const providerOf = ({ target }: SimModel): string => target.slice(0, target.indexOf('/'));
