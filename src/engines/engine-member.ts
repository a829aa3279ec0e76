import type { CreatedDriver, EngineSettings } from './drivers/create-driver.ts';

/** A provider whose server is an engine, as configured. */
export interface EngineConfiguration extends EngineSettings {
  /** The name of its pool. */
  readonly pool: string;
  /** Milliseconds without a request after which a model is unloaded; null: never. */
  readonly idleUnloadMs: number | null;
}

/** Chooses and creates the driver of a provider (`createDriver`). Never rejects. */
export type CreateDriver = (settings: EngineConfiguration, signal: AbortSignal) => Promise<CreatedDriver>;

/** An engine of the configuration, and its driver once that is created. */
export class EngineMember {
  /** With the newest models. */
  configuration: EngineConfiguration;
  /** null: not yet. */
  created: CreatedDriver | null = null;
  /** What its driver could do when its models were last passed to their pool, as text. */
  passed = '';
  /** Resolves once `created` is set; never rejects. */
  readonly creation: Promise<CreatedDriver>;
  /** The models that its driver has been given, as text. */
  #given: string;
  readonly #abort = new AbortController();

  /**
   * `previous`: the end of what the provider had before: a server of Laneway's that still answers would be taken for a
   * foreign one.
   */
  constructor(configuration: EngineConfiguration, create: CreateDriver, previous?: Promise<void>) {
    this.configuration = configuration;
    this.#given = JSON.stringify(configuration.models);
    this.creation = this.#create(create, previous);
  }

  /** Does Laneway start a server for each of its loaded models? */
  get runsCommand(): boolean {
    return runsCommand(this.configuration);
  }

  /** Does Laneway run its servers, or a router for it unless another program is at its address? */
  get runsPrograms(): boolean {
    const { manage, models } = this.configuration;
    return this.runsCommand || (manage !== 'none' && models !== null);
  }

  /** Tells Laneway's own router of new files; false: there are none. */
  async giveModels(): Promise<boolean> {
    const { created, configuration } = this;
    const text = JSON.stringify(configuration.models);
    if (created === null || text === this.#given) return false;
    this.#given = text;
    try {
      await created.ownRouter?.setModels(configuration.models ?? [], this.#abort.signal);
    } catch {
      // Its next load starts it again, with the new list.
    }
    return true;
  }

  /** Ends what its driver has started. */
  async end(): Promise<void> {
    this.#abort.abort();
    const { driver, ownRouter } = await this.creation;
    await driver.close();
    await ownRouter?.close();
  }

  async #create(create: CreateDriver, previous?: Promise<void>): Promise<CreatedDriver> {
    await previous;
    this.created = await create(this.configuration, this.#abort.signal);
    return this.created;
  }
}

/** Is a server to be started for each loaded model of this provider (`engine.command`)? */
export function runsCommand({ command, manage }: EngineConfiguration): boolean {
  return command !== null && manage !== 'none';
}

/** What decides about the driver: that there is a folder of models, but not which models it has; nothing of the pool. */
export function signatureOf({ pool: _, idleUnloadMs: __, models, ...driver }: EngineConfiguration): string {
  return JSON.stringify({ ...driver, models: models !== null });
}
