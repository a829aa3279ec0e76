import type { CreatedDriver, EngineSettings } from '../drivers/create-driver.ts';
import type { EngineLimits } from '../drivers/timing.ts';

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
  /** Its pool knows what it holds, and its list was read. */
  started = false;
  /** The models that its driver has been given, as text. */
  #given = '';
  /** The same object for as long as the driver lives, with the newest values. */
  readonly #limits: { -readonly [Name in keyof EngineLimits]: EngineLimits[Name] };
  readonly #before: Promise<unknown>;
  readonly #abort = new AbortController();

  /** `before`: what has to end before its driver is created; must not reject. */
  constructor(configuration: EngineConfiguration, create: CreateDriver, before: Promise<unknown>) {
    this.configuration = configuration;
    this.#limits = { ...configuration.limits };
    this.#before = before;
    this.creation = this.#create(create);
  }

  /** Takes over settings that its driver can stay for (`hasSameDriver`). */
  configure(configuration: EngineConfiguration): void {
    this.configuration = configuration;
    Object.assign(this.#limits, configuration.limits);
  }

  /** Does Laneway start a server for each of its loaded models? */
  get runsCommand(): boolean {
    return runsCommand(this.configuration);
  }

  /** Do servers that answer requests end with its driver? */
  get endsServers(): boolean {
    return this.created !== null && (this.runsCommand || this.created.ownRouter !== null);
  }

  /** See `runsPrograms`. */
  get runsPrograms(): boolean {
    return runsPrograms(this.configuration);
  }

  /** Was there something in the way of its router that may be gone by now? */
  get mayRunRouter(): boolean {
    const { created, started } = this;
    return started && created !== null && created.obstacle !== null && created.driver.state === 'unreachable';
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
    const ended = this.creation.then(async ({ driver, ownRouter }) => {
      await driver.close();
      await ownRouter?.close();
    });
    if (this.created !== null) return ended;
    // What is being started ends by the signal, in its own time.
    ended.catch(() => undefined);
    await this.#before;
  }

  async #create(create: CreateDriver): Promise<CreatedDriver> {
    await this.#before;
    this.#given = JSON.stringify(this.configuration.models);
    this.created = await create({ ...this.configuration, limits: this.#limits }, this.#abort.signal);
    return this.created;
  }
}

/** Is a server to be started for each loaded model of this provider (`engine.command`)? */
export function runsCommand({ command, manage }: EngineConfiguration): boolean {
  return command !== null && manage !== 'none';
}

/** Does Laneway run the servers of this provider, or a router for it unless another program is at its address? */
export function runsPrograms({ command, models, manage }: EngineConfiguration): boolean {
  return manage !== 'none' && (command !== null || models !== null);
}

/** Can the driver of one configuration stay for another? Which models a folder has, pool, idle time and limits may differ. */
export function hasSameDriver(one: EngineConfiguration, other: EngineConfiguration): boolean {
  return signatureOf(one) === signatureOf(other);
}

function signatureOf({
  pool: _,
  idleUnloadMs: __,
  limits: ___,
  models,
  ...driver
}: EngineConfiguration): string {
  return JSON.stringify({ ...driver, models: models !== null });
}
