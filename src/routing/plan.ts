import type { RequestFacts, RoutingHeaders } from '../protocol/facts.ts';
import type { Warning } from '../protocol/wire.ts';
import type { ModelMemory, ModelResidency } from './residency.ts';
import type { LaneEntry, ModelEntry, NodeEntry } from './snapshot.ts';

/** The input of routing. */
export interface RouteRequest {
  readonly facts: RequestFacts;
  readonly headers: RoutingHeaders;
  /** The target that the conversation is pinned to; null or absent: none. */
  readonly pin?: Pin | null;
}

/** Pins a conversation to the target that produced its signed thinking. */
export interface Pin {
  /** Full id of the target. */
  readonly target: string;
  /**
   * The first configured target of the chain it was chosen from (`headOf`). If that differs now, an operator has changed
   * the assignment or the caller names something else, and both override the pin.
   */
  readonly head: string | null;
}

/** What the caller named, resolved. `requested` is its form in traces: `node:evaluate`, `gpt-4o`, `auto`. */
export type Destination =
  | { readonly kind: 'node'; readonly requested: string; readonly node: NodeEntry }
  | { readonly kind: 'lane'; readonly requested: string; readonly lane: LaneEntry }
  | { readonly kind: 'model'; readonly requested: string; readonly model: ModelEntry };

/** Why a target is in a plan. */
export type Source =
  | 'assigned'
  | 'node_fallback'
  | 'preferred'
  | 'scored'
  | 'cloud_fallback'
  | 'default_lane'
  | 'model_fallback';

/** Facts that exclude a target: it is never tried for this request. */
export type ExclusionCode =
  | 'unmet_requirement'
  | 'does_not_fit'
  | 'context_too_small'
  | 'no_tools'
  | 'no_vision'
  | 'no_json_schema'
  | 'wrong_kind'
  | 'needs_key'
  | 'not_served'
  | 'not_allowed'
  | 'no_fallback';

/** Reasons to defer a target: it is tried after all ready ones. */
export type DeferralCode =
  'unreachable' | 'breaker_open' | 'cooling_down' | 'loading' | 'key_refused' | 'missing';

/** Why and since when a target is deferred; times are monotonic milliseconds. */
export interface Deferral {
  readonly code: DeferralCode;
  /** To follow the target's name, such as a failure's summary: `refused the connection`. */
  readonly cause: string;
  /** null: `cause` is a state, not an event. */
  readonly since: number | null;
  /** When it ends or is checked again; null when nothing is scheduled. */
  readonly until: number | null;
}

/** The targets' health at one point in time, and which of the models that Laneway loads are in memory. */
export interface HealthView extends ModelMemory {
  deferral(model: ModelEntry): Deferral | null;
}

/** One target in the chain of a node, lane or model, independent of any request. */
export interface ChainLink {
  readonly target: ModelEntry;
  readonly source: Source;
  /** The lane whose chain it came with, and whose deadlines apply. */
  readonly lane: LaneEntry | null;
  /** The lane was requested, so its params are sent; a borrowed lane's are not. */
  readonly ownLane: boolean;
  /** By the requirements of the lane; null without a lane. */
  readonly score: number | null;
  /** The requirement of its lane that a preferred model does not meet, as one phrase; null: it meets all. */
  readonly unmet: string | null;
  /** Of a model that Laneway loads; absent: another one. */
  readonly residency?: ModelResidency;
}

/** One target of a plan with its status for the request. */
export interface PlanEntry {
  readonly link: ChainLink;
  /** Why it is excluded or deferred; null: ready. */
  readonly code: ExclusionCode | DeferralCode | null;
  readonly deferral: Deferral | null;
  /** false: excluded by fact. */
  readonly eligible: boolean;
  /**
   * It is full, or a request waits for its load: what that means for the request, or meant when it was its turn. Absent:
   * neither.
   */
  readonly full?: string;
  /** The section with the `"cloud": false` for which it is `not_allowed`; null for every other target. */
  readonly cloudFalseIn: string | null;
}

/** The ordered targets for one request: ready ones, then deferred ones, then excluded ones. */
export interface Plan {
  readonly generation: number;
  readonly destination: Destination;
  readonly node: NodeEntry | null;
  /** The requested lane, by name or through the node; null for models and nodes without a lane. */
  readonly lane: LaneEntry | null;
  /** The rule that moved the request. */
  readonly rule: 'deep_ingest' | null;
  readonly facts: RequestFacts;
  readonly entries: readonly PlanEntry[];
  /** The configured order that `entries` were taken from. */
  readonly links: readonly ChainLink[];
  /** How many of `entries`, from the front, may be tried. */
  readonly eligible: number;
  /**
   * Entries before the first ready one in the configured order that are deferred since their models are not in memory.
   * The first one that can be is to be loaded for later requests, once that disturbs nobody.
   */
  readonly passedOver: readonly PlanEntry[];
  readonly warnings: readonly Warning[];
}
