import type { Config } from '../config/config.ts';
import { changedPaths } from '../config/difference.ts';
import { effective, explain } from '../config/effective.ts';
import { ConfigFaults, formatPath } from '../config/faults.ts';
import type { StoredLayers } from '../config/stored-layers.ts';
import { Turns } from '../util/turns.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { OverrideKey } from '../protocol/assignment.ts';
import type { StoredChange } from '../protocol/stored-configuration.ts';
import type { Provider } from '../providers/provider.ts';
import type { Clock } from '../util/clock.ts';
import type { Discovery } from './providers/discovery.ts';
import type { Registry } from './registry.ts';
import type { Log } from '../protocol/log.ts';
import { configurationRejected } from './configuration-rejected.ts';
import { checkGeneration } from './generation.ts';
import { loadStored, withRemovalAdvice } from './providers/stored-layers.ts';

/** Result of a reload. */
export interface Reloaded {
  readonly generation: number;
  /** Paths of the changes: `nodes.evaluate`; empty when nothing changed. */
  readonly changed: readonly string[];
}

/** What a reload depends on; provided by `app.ts`. */
export interface ReloadPorts {
  /** Reads the configuration files, with what calls have set laid over them. Rejects with `ConfigFaults`. */
  readonly load: (stored: StoredLayers) => Promise<Config>;
  readonly store: ConfigurationStore;
  readonly providers: ReplaceableProviders;
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly health: { forget(providerId: string): void };
  readonly clock: Clock;
  readonly log: Log;
  /** A change of what calls have set has been stored, and takes effect next. */
  onStored(change: StoredChange): void;
  /** Called after a reload or a change that changed something. */
  onReload(change: Reloaded & { readonly actor: string }): void;
}

/** The part of the store that a reload uses. */
export interface ConfigurationStore {
  noteConfiguration(change: {
    readonly fingerprint: string;
    readonly actor: string;
    readonly summary: string | null;
    readonly at: string;
  }): Promise<{ readonly generation: number }>;
  /** Stores a change of what calls have set. */
  changeConfiguration(change: StoredChange): Promise<{ readonly generation: number }>;
  setRetention(retention: { readonly days: number; readonly maxRows: number }): void;
}

/** Who changes the configuration by a call. */
export interface ChangeNote {
  /** For the audit. */
  readonly actor: string;
  /** The generation that the caller has seen (`If-Match`); null: no check. */
  readonly ifGeneration: number | null;
}

/** A change of what calls have set of the configuration. */
export interface ConfigurationStep extends ChangeNote {
  /** What is set after the change. */
  readonly next: StoredLayers;
  /**
   * The rows to be stored, with the audit row; null when there are none, because the configuration stays the same.
   * Called with the paths of the changes and the configuration after the change, once that has proved valid; no
   * assignment changes between this call and the change. May throw.
   */
  readonly rows: (
    changed: readonly string[],
    after: Config,
  ) => Omit<StoredChange, 'fingerprint' | 'actor' | 'at'> | null;
  /** Writes a file of the change, before its rows are stored; returns how to restore it if that fails. May throw. */
  readonly write?: () => () => void;
}

/** A configuration that a change would lead to. */
export interface Candidate {
  readonly config: Config;
  /** Paths of the changes, as in `Reloaded`. */
  readonly changed: readonly string[];
  /** The stored providers that it leaves out. */
  readonly ignored: ReadonlySet<string>;
}

/** The active providers, which a reload replaces. */
export interface ReplaceableProviders {
  update(
    configured: Config['providers'],
    connectMs: number,
  ): {
    readonly map: ReadonlyMap<string, Provider>;
    readonly added: readonly string[];
    readonly changed: readonly string[];
    readonly removed: readonly string[];
  };
}

/** Overrides that a change has dropped, and who has made it. */
interface Dropped {
  readonly overrides: readonly OverrideKey[];
  readonly actor: string;
}

interface Changed {
  readonly generation: number;
  readonly replaced: readonly string[];
}

/** Maximum number of paths in a log line or an audit row. */
const LISTED_PATHS_MAX = 20;

const SWITCHING_OFF =
  '"runtime_switching" is false: the configuration cannot be changed while the gateway is running';

/**
 * Applies changed configuration files without a restart. Requests in progress keep the configuration they started with,
 * invalid files change nothing, and a change is stored before it takes effect.
 */
export class Reloader {
  readonly #ports: ReloadPorts;
  #config: Config;
  #stored: StoredLayers;
  /** Stored providers that the configuration leaves out since the start, because they are not valid. */
  #ignored: ReadonlySet<string>;
  /** Reloads run one after the other: each compares with the result of the previous one. */
  readonly #turns = new Turns();
  /** The failure that was logged last, to log it only once; null after a success. */
  #loggedFailure: string | null = null;

  constructor(
    config: Config,
    stored: StoredLayers,
    ports: ReloadPorts,
    ignored: ReadonlySet<string> = new Set(),
  ) {
    this.#config = config;
    this.#stored = stored;
    this.#ignored = ignored;
    this.#ports = ports;
  }

  /** The active configuration. */
  current(): Config {
    return this.#config;
  }

  /** The active configuration as a single file; secrets remain references. */
  effective(): ReturnType<typeof effective> {
    return effective(this.#config);
  }

  /** The same, with each leaf replaced by `{"value","layer"}`. */
  explained(): ReturnType<typeof explain> {
    return explain(this.#config);
  }

  /** Looks up the layer of a value by its path, as `explained` names it: `['nodes', 'evaluate', 'model']`. */
  layers(): (path: readonly string[]) => string {
    const origins = this.#config.origins();
    return (path) => origins.get(formatPath(path)) ?? 'default';
  }

  /**
   * Reads the files again. Rejects with a `GatewayError` (`invalid_body` with all faults in `detail.faults`, or
   * `runtime_switching_off`) or with the store's error; then nothing has changed.
   */
  reload(actor: string): Promise<Reloaded> {
    return this.#turns.run(() => this.#reload(actor));
  }

  /** What calls have set. */
  get stored(): StoredLayers {
    return this.#stored;
  }

  /** Reads the configuration as a change would make it, and changes nothing. Rejects with `ConfigFaults`. */
  async preview(next: StoredLayers): Promise<Candidate> {
    const isUnchanged = (id: string): boolean => next.providers[id] === this.#stored.providers[id];
    try {
      const mayIgnore = (id: string): boolean => this.#ignored.has(id) && isUnchanged(id);
      const { config, ignored } = await loadStored(this.#ports.load, next, mayIgnore);
      return { config, changed: changedPaths(this.#config, config), ignored: new Set(ignored.keys()) };
    } catch (error) {
      throw error instanceof ConfigFaults ? withRemovalAdvice(error, isUnchanged) : error;
    }
  }

  /**
   * Changes what calls have set: `plan` gets what is set now and returns the change, or null when there is nothing to
   * change; it may throw. Rejects with `ConfigFaults` if the configuration after the change would be invalid, with
   * `generation_mismatch` or `runtime_switching_off`, or with the store's error; then nothing has changed.
   */
  change(plan: (stored: StoredLayers) => ConfigurationStep | null): Promise<Reloaded> {
    return this.#turns.run(async () => {
      this.#requireSwitching();
      const step = plan(this.#stored);
      return step === null
        ? { generation: this.#ports.registry.snapshot.generation, changed: [] }
        : this.#apply(step);
    });
  }

  /** Reloads after SIGHUP or a changed file. Logs a failure instead of rejecting, the same one only once. */
  async trigger(cause: string): Promise<void> {
    const { log } = this.#ports;
    try {
      const { changed, generation } = await this.reload('local');
      this.#loggedFailure = null;
      if (changed.length === 0) log.info({ cause, generation }, 'configuration unchanged');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof GatewayError && error.code === 'runtime_switching_off') {
        log.warn({ cause }, `configuration not reloaded: ${message}`);
        return;
      }
      if (this.#loggedFailure === message) return;
      this.#loggedFailure = message;
      const detail = error instanceof GatewayError ? error.options.detail : undefined;
      log.error({ cause, ...(detail === undefined ? {} : { detail }) }, message);
    }
  }

  #requireSwitching(): void {
    if (!this.#config.runtime_switching) throw new GatewayError('runtime_switching_off', SWITCHING_OFF);
  }

  async #reload(actor: string): Promise<Reloaded> {
    const before = this.#config;
    this.#requireSwitching();
    const { config: after, changed, ignored } = await this.#load();
    const { fingerprint } = after;
    const summary = joinPaths(changed);
    const applied = await this.#ports.registry.inTurn(async () => {
      const isChanged = fingerprint !== this.#config.fingerprint;
      const at = this.#now();
      const stored = isChanged
        ? await this.#ports.store.noteConfiguration({ fingerprint, actor, summary, at })
        : this.#ports.registry.snapshot;
      this.#ignored = ignored;
      return this.#use(after, stored.generation, isChanged);
    });
    return this.#report(before, after, { ...applied, changed: [...changed], actor });
  }

  async #apply(step: ConfigurationStep): Promise<Reloaded> {
    const { actor, ifGeneration } = step;
    const before = this.#config;
    const { config: after, changed, ignored } = await this.preview(step.next);
    let isStored = false;
    const applied = await this.#ports.registry.inTurn(async () => {
      const { generation } = this.#ports.registry.snapshot;
      checkGeneration(ifGeneration, generation);
      const rows = step.rows(changed, after);
      const restore = step.write?.();
      if (rows === null) return this.#use(after, generation, false);
      const change = { ...rows, fingerprint: after.fingerprint, actor, at: this.#now() };
      isStored = true;
      const stored = await this.#store(change, step.next, after, restore);
      this.#ignored = ignored;
      return stored;
    });
    return this.#report(before, after, { ...applied, changed: [...changed], actor, isStored });
  }

  /** Stores a change and applies it; `restore` is called if it cannot be stored. */
  async #store(
    change: StoredChange,
    { profile, providers }: StoredLayers,
    after: Config,
    restore: (() => void) | undefined,
  ): Promise<Changed> {
    let generation: number;
    try {
      ({ generation } = await this.#ports.store.changeConfiguration(change));
    } catch (error) {
      restore?.();
      throw error;
    }
    this.#stored = { profile, providers };
    this.#ports.onStored(change);
    const { actor, dropped: { overrides = [] } = {} } = change;
    return this.#use(after, generation, true, { overrides, actor });
  }

  /** Applies a configuration that has been stored, atomically. `replaced`: providers with the same id that were replaced. */
  #use(after: Config, generation: number, isChanged: boolean, dropped?: Dropped): Changed {
    const { store, registry, discovery, health, providers } = this.#ports;
    this.#config = after;
    const { map, added, changed, removed } = providers.update(after.providers, longestConnectMs(after));
    if (!isChanged && added.length + changed.length + removed.length === 0) {
      registry.forgetBounds();
      return { generation, replaced: [] };
    }
    for (const id of [...changed, ...removed]) health.forget(id);
    registry.applyConfiguration({
      ...{ config: after, providers: map, generation },
      ...(dropped === undefined ? {} : { dropped }),
    });
    discovery.setProviders(map.values());
    store.setRetention(retentionOf(after));
    return { generation, replaced: changed };
  }

  /** Logs and publishes what has changed. `isStored`: there is a new generation, even if nothing else is new. */
  #report(
    before: Config,
    after: Config,
    change: Changed & { changed: string[]; readonly actor: string; readonly isStored?: boolean },
  ): Reloaded {
    const { generation, replaced, changed, actor, isStored = false } = change;
    // A new key replaces its provider, although its value is not part of the files.
    const connectTimeoutChanged = longestConnectMs(before) !== longestConnectMs(after);
    for (const id of connectTimeoutChanged ? [] : replaced) {
      if (!changed.some((path) => isWithin(path, `providers.${id}`))) changed.push(`providers.${id}`);
    }
    this.#logNewNotes(before, after);
    if (changed.length > 0 || isStored) {
      this.#ports.log.info({ actor, generation, changed: joinPaths(changed) }, 'configuration changed');
      this.#ports.onReload({ generation, changed, actor });
    }
    return { generation, changed };
  }

  #now(): string {
    return new Date(this.#ports.clock.wall()).toISOString();
  }

  #logNewNotes(before: Config, after: Config): void {
    const { log } = this.#ports;
    for (const note of after.notes) if (!before.notes.includes(note)) log.info({}, note);
    for (const warning of after.warnings) if (!before.warnings.includes(warning)) log.warn({}, warning);
  }

  async #load(): Promise<Candidate> {
    try {
      return await this.preview(this.#stored);
    } catch (error) {
      if (!(error instanceof ConfigFaults)) throw error;
      throw configurationRejected('configuration not reloaded', error);
    }
  }
}

/** The longest connect time-out of all lanes, in milliseconds: sockets use it, each request has its own deadline. */
export function longestConnectMs(config: Config): number {
  const lanes = Object.values(config.lanes).map(({ deadlines }) => deadlines.connect_s);
  return 1000 * Math.max(config.defaults.deadlines.connect_s, ...lanes);
}

/** How long and how many ledger rows are kept (`ledger` of the configuration). */
export function retentionOf({ ledger }: Config): { readonly days: number; readonly maxRows: number } {
  return { days: ledger.retention_days, maxRows: ledger.max_rows };
}

function joinPaths(paths: readonly string[]): string {
  const listed = paths.slice(0, LISTED_PATHS_MAX).join(', ');
  return paths.length > LISTED_PATHS_MAX ? `${listed} and ${paths.length - LISTED_PATHS_MAX} more` : listed;
}

function isWithin(path: string, whole: string): boolean {
  return path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`);
}
