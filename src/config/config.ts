import type { Capabilities, Kind } from '../protocol/capabilities.ts';
import type { FileConfig, FileLane, FileModel, FileNode, FileProvider } from './schema/schema.ts';

/** Every level read-only: what the loader gives is frozen. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** The four deadlines in seconds, as files write them; each may be a fraction. */
export interface DeadlineSeconds {
  readonly connect_s: number;
  readonly first_token_s: number;
  readonly idle_s: number;
  readonly total_s: number;
}

/** A provider with its type known and its address in one form. */
export type ProviderConfig = Frozen<
  Omit<FileProvider, 'type' | 'name' | 'base_url' | 'local'> & {
    type: string;
    /** For people; the id or the type's name where none is written. */
    name: string;
    /** Normalised, without a trailing slash; the type's own where none is written. */
    base_url: string;
    /** Its server may have a private address, and its use sends nothing outside. */
    local: boolean;
  }
>;

/** A model with its capabilities under their present names. */
export type ModelConfig = Frozen<Omit<FileModel, 'capabilities'>> & { readonly capabilities: Capabilities };

/** A lane with its deadlines filled up from `defaults.deadlines`. */
export type LaneConfig = Frozen<
  Omit<FileLane, 'deadlines' | 'requirements'> & {
    deadlines: DeadlineSeconds;
    requirements: Omit<FileLane['requirements'], 'supports_function_calling'>;
    /**
     * The target that variables of the environment put in front of the chain; a null model is the one model that
     * the server lists. No key of files.
     */
    environment_target: { provider: string; model: string | null } | null;
  }
>;

/** A node on exactly one model or one lane; the other is null. */
export type NodeConfig = Frozen<
  Omit<FileNode, 'model' | 'lane' | 'kind'> & { model: string | null; lane: string | null; kind: Kind }
>;

/** `rules.deep_ingest`; null is no bound. */
export interface DeepIngestConfig {
  readonly lane: string;
  readonly over_tokens: number | null;
  readonly over_bytes: number | null;
  readonly repositories: boolean;
}

/** What the ledger keeps. */
export interface LedgerConfig {
  /** Days; may be a fraction. */
  readonly retention_days: number;
  readonly max_rows: number;
}

/**
 * The configuration in force: files merged, defaults filled in, every name checked. Keys are the files' own words;
 * records keep the order of the files. Model ids are full and carry their tag.
 */
export interface Config extends Frozen<
  Omit<
    FileConfig,
    | '$schema'
    | 'default_lane'
    | 'runtime_switching'
    | 'providers'
    | 'models'
    | 'lanes'
    | 'nodes'
    | 'rules'
    | 'defaults'
    | 'ledger'
  >
> {
  /** Always a key of `lanes`: without any lane of that name an empty one stands in. */
  readonly default_lane: string;
  /** false: assignments stay as at start, and changes of files and environment wait for the next one. */
  readonly runtime_switching: boolean;
  /** Values are `node:NAME`, `lane:NAME` or a full model id. */
  readonly aliases: Readonly<Record<string, string>>;
  readonly providers: Readonly<Record<string, ProviderConfig>>;
  readonly models: Readonly<Record<string, ModelConfig>>;
  readonly lanes: Readonly<Record<string, LaneConfig>>;
  readonly nodes: Readonly<Record<string, NodeConfig>>;
  readonly rules: { readonly deep_ingest: DeepIngestConfig | null };
  readonly defaults: Frozen<Omit<FileConfig['defaults'], 'deadlines'>> & {
    readonly deadlines: DeadlineSeconds;
  };
  readonly ledger: LedgerConfig;
  /** SHA-256 of all of the above in hex; the order of keys does not count. */
  readonly fingerprint: string;
  /**
   * The layer that each leaf came from, by its path (`nodes.evaluate.params.temperature`): `shipped`, a file,
   * `environment`, or `default` for what no layer says. Worked out when it is asked for.
   */
  readonly origins: () => ReadonlyMap<string, string>;
  /** For the log at start, one line each. */
  readonly warnings: readonly string[];
  /** What older systems' variables were taken for: for the log at start as information, one line each. */
  readonly notes: readonly string[];
}
