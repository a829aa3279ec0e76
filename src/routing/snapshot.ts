import type { OverrideSettings } from '../protocol/assignment.ts';
import type { Capabilities, CapabilitySource, Kind, Speed } from '../protocol/capabilities.ts';
import type { UnreadableFile } from '../protocol/model-file.ts';
import type { ModelRules } from '../protocol/model-rules.ts';

/**
 * Everything that routing needs to know, frozen: configuration, assignments and listed models. A request keeps the
 * snapshot it started with; a switch, a reload or a new listing makes another one.
 */
export interface Snapshot {
  /** Counts changes of configuration and assignments; discovery does not change it. */
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
  readonly deadlines: DeadlinesByPlace;
  /** How requests without a lane wait for room at a target. */
  readonly queue: QueueBounds;
  /** `defaults.cloud`: may nodes and lanes that do not say otherwise use providers that are not local? */
  readonly cloud: boolean;
}

/** The facts about a provider that routing needs. */
export interface ProviderEntry {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly local: boolean;
  /** null when it has its key or needs none; else how to supply it, e.g. `set GROQ_API_KEY`. */
  readonly missingKey: string | null;
  /** The environment variable of its key, to be named when the server refuses the key; null without one. */
  readonly keyVariable?: string | null;
  /** `"enabled": false` in its configuration: its models are known, but never requested. */
  readonly disabled?: boolean;
  /** Its list has been read since start. Until then any model id counts as known. */
  readonly listed: boolean;
  /** Models that are not in its list are deferred as `missing`. */
  readonly completeList: boolean;
  /** Models that are not in its list are excluded as `not_served`, and no request is sent before the list is known. */
  readonly answersAnyName: boolean;
  /** Replies name the listed model that generated them, so another name means that another model has answered. */
  readonly repliesNameModel: boolean;
  /** Appended to a model id that has no tag: `:latest`; null where ids have none. */
  readonly defaultTag: string | null;
  /** Its server runs on this machine, so that models are loaded into the memory of this machine. */
  readonly onThisMachine?: true;
  /** The parameter by which a request sets the window of its model, in tokens; absent: the server sets it. */
  readonly windowParam?: string;
  /** Requests that it gets at once, as configured; absent: any number, or as many as its models have slots. */
  readonly concurrency?: number;
  /** The files in its folder that cannot be used; absent: none. */
  readonly unreadable?: readonly UnreadableFile[];
}

/** One model of one provider: a possible target. */
export interface ModelEntry {
  /** Full id. */
  readonly id: string;
  readonly provider: ProviderEntry;
  /** Its provider passes its requests on to another machine: it is not local even if the provider is. */
  readonly remote?: true;
  /** The id as the configuration writes it. */
  readonly modelId: string;
  /** The id that the server expects; differs from `modelId` only where its list spells the model differently. */
  readonly upstreamId: string;
  readonly name: string | null;
  readonly kind: Kind;
  readonly speed: Speed | null;
  readonly capabilities: Capabilities;
  readonly sources: Readonly<Partial<Record<keyof Capabilities, CapabilitySource>>>;
  /** What its server's list reports about accepted parameters; null where it reports nothing. */
  readonly rules: ModelRules | null;
  /** Full ids tried directly after this one. */
  readonly fallbacks: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  /** As configured; absent: unknown. */
  readonly price?: ModelPrice;
  /** Less memory is free than it needs or should have, and it is not loaded; absent: enough, or unknown. */
  readonly memoryShortage?: MemoryShortage;
  /** The vendor has retired it; that only causes a warning. */
  readonly retired: boolean;
  /** Is it in its server's list? null while the list is unknown or incomplete. */
  readonly inList: boolean | null;
  readonly status: 'available' | 'loaded' | 'loading' | 'unloaded' | null;
  /** Requests that its server works on at once, as it reports; absent: unknown. */
  readonly slots?: number;
  /** The id of its file in its provider's folder: it is known whether its server lists it or not. Absent: no file is. */
  readonly file?: string;
  /**
   * Who names it, while no list of its server has since the start: only the shipped defaults, or the operator (files,
   * environment, a switch) too. null: a list has named it, or a caller did.
   */
  readonly unseen: 'shipped' | 'operator' | null;
  /**
   * The lane whose environment target it is: whichever model its server lists at the time, so a request waits for the
   * list; null for all other models.
   */
  readonly environmentTargetOf: string | null;
}

/** What a model costs. */
export interface ModelPrice {
  readonly inputUsdPerMtok: number;
  readonly outputUsdPerMtok: number;
}

/** Memory that a model lacks, in gigabytes (10⁹ bytes). */
export interface MemoryShortage {
  /** `min`: it cannot be loaded; `recommended`: it can, but does better elsewhere. */
  readonly kind: 'min' | 'recommended';
  readonly neededGb: number;
  readonly freeGb: number;
  /** What other models of its server take, which it unloads to make room; 0: none. */
  readonly heldGb: number;
}

/** A named class of service. */
export interface LaneEntry {
  readonly name: string;
  readonly description: string | null;
  /** The target that the environment puts before `preferred`; null without one, or while none is listed. */
  readonly environmentTarget: ModelEntry | null;
  readonly preferred: readonly string[];
  readonly requirements: Requirements;
  readonly cloudFallback: readonly string[];
  /** false: only local providers in the whole plan; null: as the snapshot's `cloud`. */
  readonly cloud: boolean | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly deadlines: DeadlinesByPlace;
  /** What to do after an attempt that may have been carried out (`possible_duplicate`). */
  readonly onUnanswered: 'next' | 'stop';
  readonly onContentPolicy: 'next' | 'stop';
  /** Requests of this lane that run at once; absent: any number. */
  readonly concurrency?: number;
  /** How its requests wait for room in the lane or at a target. */
  readonly queue: QueueBounds;
  /** A target that is loading is waited for instead of being deferred. */
  readonly waitWhileLoading?: true;
  /** Its requests claim the pool of their model: models of other lanes have to go. */
  readonly burst?: true;
  /** The model that a switch put first in this lane's chain; null without one. */
  readonly override: LaneOverride | null;
}

/** Who switched, why, and until when. Times are ISO 8601. */
export interface OverrideNote {
  readonly reason: string | null;
  readonly actor: string;
  readonly at: string;
  /** null: no expiry. */
  readonly expiresAt: string | null;
}

/** The override of a node; `settings`: the parameters and fallbacks that it sets, absent without any. */
export interface NodeOverride extends OverrideNote {
  readonly settings?: OverrideSettings;
}

/** A model put first in a lane's chain; source `assigned`. */
export interface LaneOverride extends OverrideNote {
  /** Full id. */
  readonly model: string;
}

/** What a lane requires of a model that it does not name. Unknown capabilities never disqualify. */
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

/** A node's model or lane: exactly one of the two is set. */
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
  /** null while the node is as configured. */
  readonly override: NodeOverride | null;
  /** Full ids tried after the assigned model. */
  readonly fallbacks: readonly string[];
  readonly params: Readonly<Record<string, unknown>>;
  /** As that of a lane. */
  readonly cloud: boolean | null;
}

/** The four time-outs of a request, in milliseconds. */
export interface Deadlines {
  readonly connectMs: number;
  /** Streams only: from sending the request, or from the last sign of life, to the first content. */
  readonly firstTokenMs: number;
  /** Streams only: between two chunks of data after the first content. */
  readonly idleMs: number;
  readonly totalMs: number;
}

/** The deadlines of a lane: its own properties are for cloud providers. */
export interface DeadlinesByPlace extends Deadlines {
  /** For local providers, whose first token may take longer. */
  readonly local: Deadlines;
}

/** The bounds of waiting for room. */
export interface QueueBounds {
  /** Requests that wait at one place at once. */
  readonly max: number;
  /** Milliseconds that one request waits in all. */
  readonly waitMs: number;
}

/** Moves very large requests to a lane with large contexts. */
export interface DeepIngestRule {
  readonly lane: string;
  readonly overTokens: number | null;
  readonly overBytes: number | null;
  /** The hint `repository` counts too. */
  readonly repositories: boolean;
}
