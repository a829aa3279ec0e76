import type { Capabilities, Kind } from '../protocol/capabilities.ts';
import type { FileConfig, FileLane, FileModel, FileNode, FileProvider } from './schema/schema.ts';

/** Deeply read-only; the loader freezes its result. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/** The four deadlines in seconds, as written in files; fractions are allowed. */
export interface DeadlineSeconds {
  readonly connect_s: number;
  /** null: not configured; the default depends on the provider (`src/registry/snapshot/deadlines.ts`). */
  readonly first_token_s: number | null;
  readonly idle_s: number;
  readonly total_s: number;
}

/** A provider with a known type and a normalized address. */
export type ProviderConfig = Frozen<
  Omit<FileProvider, 'type' | 'name' | 'base_url' | 'local'> & {
    type: string;
    /** Display name; defaults to the name of the type where the id equals it, otherwise to the id. */
    name: string;
    /** Normalized, without a trailing slash; defaults to the address of the type. */
    base_url: string;
    /** Its server may have a private address, and lanes and nodes with `cloud: false` may use it. */
    local: boolean;
  }
>;

/** A model with its capabilities under their canonical names. */
export type ModelConfig = Frozen<Omit<FileModel, 'capabilities'>> & { readonly capabilities: Capabilities };

/** A lane with missing deadlines taken from `defaults.deadlines`. */
export type LaneConfig = Frozen<
  Omit<FileLane, 'deadlines' | 'requirements'> & {
    deadlines: DeadlineSeconds;
    requirements: Omit<FileLane['requirements'], 'supports_function_calling'>;
    /**
     * The target that environment variables put first in the chain; a null model is the only model that the server
     * lists. Not a key of files.
     */
    environment_target: { provider: string; model: string | null } | null;
  }
>;

/** A node assigned to exactly one model or lane; the other is null. */
export type NodeConfig = Frozen<
  Omit<FileNode, 'model' | 'lane' | 'kind'> & { model: string | null; lane: string | null; kind: Kind }
>;

/** `rules.deep_ingest`; null means no limit. */
export interface DeepIngestConfig {
  readonly lane: string;
  readonly over_tokens: number | null;
  readonly over_bytes: number | null;
  readonly repositories: boolean;
}

/** Retention limits of the ledger. */
export interface LedgerConfig {
  /** Days; fractions are allowed. */
  readonly retention_days: number;
  readonly max_rows: number;
}

/**
 * The effective configuration: files merged, defaults filled in, every name checked. Keys are named as in files, and
 * records keep the order of the files. Model ids are full and include their tag.
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
  /** Always a key of `lanes`; an empty lane is added where no file defines it. */
  readonly default_lane: string;
  /** false: assignments are fixed at start, and changes to files and environment take effect at the next start. */
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
  /** SHA-256 of all of the above in hex, independent of the order of keys. */
  readonly fingerprint: string;
  /**
   * The layer of each leaf by its path (`nodes.evaluate.params.temperature`): `shipped`, a file, `environment`, or
   * `default` where no layer sets it. Computed on demand.
   */
  readonly origins: () => ReadonlyMap<string, string>;
  /** The texts and keys of the layers that do not ship with Laneway, model ids among them. Computed on demand. */
  readonly operatorNames: () => ReadonlySet<string>;
  /** Logged as warnings at start, one line each. */
  readonly warnings: readonly string[];
  /**
   * How legacy variables were interpreted, and lanes without models of their own; logged as information at start, one
   * line each.
   */
  readonly notes: readonly string[];
}
