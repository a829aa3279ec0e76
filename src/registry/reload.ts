import type { Config } from '../config/config.ts';
import { changedPaths } from '../config/difference.ts';
import { effective, explain } from '../config/effective.ts';
import { ConfigFaults } from '../config/faults.ts';
import { GatewayError } from '../protocol/errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { Clock } from '../util/clock.ts';
import type { Discovery } from './discovery.ts';
import type { Registry } from './registry.ts';
import type { Log } from '../protocol/log.ts';

/** What a reload did. */
export interface Reloaded {
  readonly generation: number;
  /** Paths of what is different: `nodes.evaluate`; empty when nothing is. */
  readonly changed: readonly string[];
}

/** What a reload asks of the rest of the house; `app.ts` fills it. */
export interface ReloadPorts {
  /** Reads the files. Rejects with `ConfigFaults`. */
  readonly load: () => Promise<Config>;
  readonly store: ConfigurationStore;
  readonly providers: ReplaceableProviders;
  readonly registry: Registry;
  readonly discovery: Discovery;
  readonly health: { forget(providerId: string): void };
  readonly clock: Clock;
  readonly log: Log;
  /** Something is different now. */
  onReload(change: Reloaded & { readonly actor: string }): void;
}

/** Where it is noted that the configuration is another. */
export interface ConfigurationStore {
  noteConfiguration(change: {
    readonly fingerprint: string;
    readonly actor: string;
    readonly summary: string | null;
    readonly at: string;
  }): Promise<{ readonly generation: number }>;
  setRetention(retention: { readonly days: number; readonly maxRows: number }): void;
}

/** The providers in force. */
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

interface Changed {
  readonly generation: number;
  readonly replaced: readonly string[];
}

/** Longest list of paths in a log line or an audit row. */
const LISTED_PATHS_MAX = 20;

const FIXED = 'runtime_switching is off: the configuration stays as it was at start';

/**
 * Brings changed files into force without a restart. What runs goes on with what it started with; files that cannot
 * be used change nothing; the change is noted before it shows.
 */
export class Reloader {
  readonly #ports: ReloadPorts;
  #config: Config;
  /** One after the other: each compares with what the one before left. */
  #last: Promise<unknown> = Promise.resolve();
  /** What the log has been told of files that cannot be used; null when they can. */
  #loggedFailure: string | null = null;

  constructor(config: Config, ports: ReloadPorts) {
    this.#config = config;
    this.#ports = ports;
  }

  /** The configuration in force. */
  current(): Config {
    return this.#config;
  }

  /** As one file would write it; secrets stay references. */
  effective(): ReturnType<typeof effective> {
    return effective(this.#config);
  }

  /** The same with `{"value","layer"}` in place of each leaf. */
  explained(): ReturnType<typeof explain> {
    return explain(this.#config);
  }

  /**
   * Reads the files again. Rejects with a `GatewayError` (`invalid_body` with every fault in `detail.faults`;
   * `runtime_switching_off`) or with the store's error; nothing has changed then.
   */
  reload(actor: string): Promise<Reloaded> {
    const turn = this.#last.then(() => this.#reload(actor));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** SIGHUP, or a changed file: as `reload`, but trouble goes to the log, the same trouble once. Never rejects. */
  async trigger(cause: string): Promise<void> {
    const { log } = this.#ports;
    try {
      const { changed, generation } = await this.reload('local');
      this.#loggedFailure = null;
      if (changed.length === 0) log.info({ cause, generation }, 'the configuration is as it was');
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (error instanceof GatewayError && error.code === 'runtime_switching_off') {
        log.warn({ cause }, `the configuration was not read again: ${message}`);
        return;
      }
      if (this.#loggedFailure === message) return;
      this.#loggedFailure = message;
      const detail = error instanceof GatewayError ? error.options.detail : undefined;
      log.error({ cause, ...(detail === undefined ? {} : { detail }) }, message);
    }
  }

  async #reload(actor: string): Promise<Reloaded> {
    const before = this.#config;
    if (!before.runtime_switching) throw new GatewayError('runtime_switching_off', FIXED);
    const after = await this.#load();
    const changed = [...changedPaths(before, after)];
    const { generation, replaced } = await this.#ports.registry.inTurn(() => {
      return this.#change(after, actor, joinPaths(changed));
    });
    // A key's value is no part of the files, but its provider is another one with it.
    const connectTimeoutChanged = longestConnectMs(before) !== longestConnectMs(after);
    for (const id of connectTimeoutChanged ? [] : replaced) {
      if (!changed.some((path) => isWithin(path, `providers.${id}`))) changed.push(`providers.${id}`);
    }
    this.#logNewNotes(before, after);
    if (changed.length > 0) {
      this.#ports.log.info(
        { actor, generation, changed: joinPaths(changed) },
        'the configuration was changed',
      );
      this.#ports.onReload({ generation, changed, actor });
    }
    return { generation, changed };
  }

  /** Notes the change, then puts it into force in one go. `replaced`: providers that are others under the same id. */
  async #change(after: Config, actor: string, summary: string): Promise<Changed> {
    const { store, registry, discovery, health, providers, clock } = this.#ports;
    const { fingerprint } = after;
    const isChanged = fingerprint !== this.#config.fingerprint;
    let { generation } = registry.snapshot;
    if (isChanged) {
      const at = new Date(clock.wall()).toISOString();
      ({ generation } = await store.noteConfiguration({ fingerprint, actor, summary, at }));
    }
    this.#config = after;
    const { map, added, changed, removed } = providers.update(after.providers, longestConnectMs(after));
    if (!isChanged && added.length + changed.length + removed.length === 0)
      return { generation, replaced: [] };
    for (const id of [...changed, ...removed]) health.forget(id);
    registry.applyConfiguration({ config: after, providers: map, generation });
    discovery.setProviders(map.values());
    store.setRetention(retentionOf(after));
    return { generation, replaced: changed };
  }

  #logNewNotes(before: Config, after: Config): void {
    const { log } = this.#ports;
    for (const note of after.notes) if (!before.notes.includes(note)) log.info({}, note);
    for (const warning of after.warnings) if (!before.warnings.includes(warning)) log.warn({}, warning);
  }

  async #load(): Promise<Config> {
    try {
      return await this.#ports.load();
    } catch (error) {
      if (!(error instanceof ConfigFaults)) throw error;
      const { faults, message } = error;
      const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
      const first = message.split('\n')[0] ?? '';
      throw new GatewayError('invalid_body', `the configuration was not changed: ${count}; first ${first}`, {
        detail: { faults: faults.map(({ file, path, message: text }) => ({ file, path, message: text })) },
      });
    }
  }
}

/** Milliseconds; sockets are dialled for the most patient lane, each request keeps its own deadline. */
export function longestConnectMs(config: Config): number {
  const lanes = Object.values(config.lanes).map(({ deadlines }) => deadlines.connect_s);
  return 1000 * Math.max(config.defaults.deadlines.connect_s, ...lanes);
}

/** How long and how many ledger rows are kept (`ledger` of the configuration). */
export function retentionOf({ ledger }: Config): { readonly days: number; readonly maxRows: number } {
  return { days: ledger.retention_days, maxRows: ledger.max_rows };
}

function joinPaths(paths: readonly string[]): string {
  const told = paths.slice(0, LISTED_PATHS_MAX).join(', ');
  return paths.length > LISTED_PATHS_MAX ? `${told} and ${paths.length - LISTED_PATHS_MAX} more` : told;
}

function isWithin(path: string, whole: string): boolean {
  return path === whole || path.startsWith(`${whole}.`) || path.startsWith(`${whole}[`);
}
