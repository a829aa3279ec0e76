import type { Capabilities, CapabilitySource, Kind, Speed } from '../protocol/capabilities.ts';
import type { ModelRules } from '../protocol/model-rules.ts';

/**
 * All that routing knows, frozen: configuration, assignments and what discovery has listed. A request keeps the
 * snapshot it started with; a switch or a reload makes a new one (DESIGN section 2).
 */
export interface Snapshot {
  /** Counts changes of configuration and assignment; discovery never moves it. */
  readonly generation: number;
  readonly defaultLane: string;
  readonly providers: ReadonlyMap<string, ProviderEntry>;
  /** By full id: configured, named by a lane or node, or listed by a server. */
  readonly models: ReadonlyMap<string, ModelEntry>;
  readonly lanes: ReadonlyMap<string, LaneEntry>;
  readonly nodes: ReadonlyMap<string, NodeEntry>;
  /** Exact names and globs to node, lane or model names, in the order of the file. */
  readonly aliases: ReadonlyMap<string, string>;
  readonly deepIngest: DeepIngestRule | null;
  readonly deadlines: Deadlines;
}

/** A provider as far as routing cares. */
export interface ProviderEntry {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly local: boolean;
  /** null when its key is there or none is needed; else the advice, e.g. `set GROQ_API_KEY`. */
  readonly missingKey: string | null;
  /** Has its list been read since start? Until then any id of it counts as known. */
  readonly listed: boolean;
  /** What its list lacks is not there (`missing`, a mood). */
  readonly completeList: boolean;
  /** What its list lacks must never be asked for (`not_served`, a fact), and nothing before the list is known. */
  readonly answersAnyName: boolean;
  /** Appended to a model id that has no tag: `:latest`; null where ids have none. */
  readonly defaultTag: string | null;
}

/** One model of one provider: what a plan's targets point at. */
export interface ModelEntry {
  /** Full id. */
  readonly id: string;
  readonly provider: ProviderEntry;
  /** The id as the configuration writes it. */
  readonly modelId: string;
  /** The id that the server wants to hear; differs only where its list spells the same model otherwise. */
  readonly upstreamId: string;
  readonly name: string | null;
  readonly kind: Kind;
  readonly speed: Speed | null;
  readonly capabilities: Capabilities;
  readonly sources: Readonly<Partial<Record<keyof Capabilities, CapabilitySource>>>;
  /** What its server's list tells of the parameters it takes; null where it tells nothing. */
  readonly rules: ModelRules | null;
  /** Full ids tried directly after this one. */
  readonly fallbacks: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  /** The vendor has ended it; that only warns. */
  readonly retired: boolean;
  /** In its server's list: true or false; null while the list is unknown or says nothing of it. */
  readonly inList: boolean | null;
  readonly status: 'available' | 'loaded' | 'loading' | 'unloaded' | null;
  /**
   * The lane whose front it is: whatever its server lists when it is asked, so a request waits for the list; null for
   * a model that is itself.
   */
  readonly environmentTargetOf: string | null;
}

/** A named class of service. */
export interface LaneEntry {
  readonly name: string;
  readonly description: string | null;
  /** The target that the environment puts before `preferred`; null where it names none, or none that is listed. */
  readonly environmentTarget: ModelEntry | null;
  readonly preferred: readonly string[];
  readonly requirements: Requirements;
  readonly cloudFallback: readonly string[];
  /** false: nothing that leaves the machine, in the whole plan. */
  readonly cloud: boolean;
  readonly params: Readonly<Record<string, unknown>>;
  readonly deadlines: Deadlines;
  /** What follows an attempt that may have been carried out (`possible_duplicate`). */
  readonly onUnanswered: 'next' | 'stop';
  readonly onContentPolicy: 'next' | 'stop';
  /** The model that a switch (the model bar's) put in front of this lane's chain; null while there is none. */
  readonly override: LaneOverride | null;
}

/** Who switched, why, and until when. Times are ISO 8601. */
export interface OverrideNote {
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
  /** null: it stays. */
  readonly expiresAt: string | null;
}

/** A model in front of a lane's chain; source `assigned`. */
export interface LaneOverride extends OverrideNote {
  /** Full id. */
  readonly model: string;
}

/** What a lane asks of a model that it does not name. Unknown capabilities never disqualify. */
export interface Requirements {
  readonly reasoning_strength?: number;
  readonly coding_strength?: number;
  readonly creativity?: number;
  readonly multilingual_score?: number;
  readonly context_length_min?: number;
  readonly memory_gb_max?: number;
  readonly supports_tools?: boolean;
  readonly supports_vision?: boolean;
  readonly supports_json_schema?: boolean;
}

/** What a node points at: exactly one of the two is set. */
export interface Assignment {
  /** Full model id. */
  readonly model: string | null;
  readonly lane: string | null;
}

/** A named step of a caller's pipeline. */
export interface NodeEntry {
  readonly name: string;
  readonly kind: Kind;
  readonly description: string | null;
  readonly why: string | null;
  readonly assignment: Assignment;
  readonly default: Assignment;
  /** null while the assignment is the default. */
  readonly override: OverrideNote | null;
  /** Full ids tried after the assigned model. */
  readonly fallbacks: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly cloud: boolean;
}

/** The four timers of a request, in milliseconds (reliability R34). */
export interface Deadlines {
  readonly connectMs: number;
  /** Streams only: from sending to the first data event. */
  readonly firstTokenMs: number;
  /** Streams only: between two pieces of data. */
  readonly idleMs: number;
  readonly totalMs: number;
}

/** Moves very large requests to a lane that can hold them. */
export interface DeepIngestRule {
  readonly lane: string;
  readonly overTokens: number | null;
  readonly overBytes: number | null;
  /** The hint `repository` counts too. */
  readonly repositories: boolean;
}
