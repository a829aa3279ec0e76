import type { RequestFacts, RoutingHeaders } from '../protocol/facts.ts';
import type { Warning } from '../protocol/wire.ts';
import type { LaneEntry, ModelEntry, NodeEntry } from './snapshot.ts';

/** What a request brings to routing. */
export interface RouteRequest {
  readonly facts: RequestFacts;
  readonly headers: RoutingHeaders;
  /** The target that holds the conversation; null or absent: none does. */
  readonly pin?: Pin | null;
}

/** A conversation's hold on the target that made its signed thinking (DESIGN section 5). */
export interface Pin {
  /** Full id of the target that made it. */
  readonly target: string;
  /**
   * The first configured target of the chain it was chosen from (`headOf`): another one now means that an operator
   * has changed the assignment, or that the caller asks for something else, and both win over the pin.
   */
  readonly head: string | null;
}

/** What the caller named, looked up. `requested` is how it stands in traces: `node:evaluate`, `gpt-4o`, `auto`. */
export type Destination =
  | { readonly kind: 'node'; readonly requested: string; readonly node: NodeEntry }
  | { readonly kind: 'lane'; readonly requested: string; readonly lane: LaneEntry }
  | { readonly kind: 'model'; readonly requested: string; readonly model: ModelEntry };

/** Why a target stands in a plan (API section 4). */
export type Source =
  | 'assigned'
  | 'node_fallback'
  | 'preferred'
  | 'scored'
  | 'cloud_fallback'
  | 'default_lane'
  | 'model_fallback';

/** Facts: such a target is never tried for this request. */
export type ExclusionCode =
  | 'context_too_small'
  | 'no_tools'
  | 'no_vision'
  | 'no_json_schema'
  | 'wrong_kind'
  | 'needs_key'
  | 'not_served'
  | 'not_allowed'
  | 'no_fallback';

/** Moods: such a target is tried after all others. */
export type DeferralCode =
  'unreachable' | 'breaker_open' | 'cooling_down' | 'loading' | 'key_refused' | 'missing';

/** A bad mood with its cause; times are monotonic milliseconds. */
export interface Deferral {
  readonly code: DeferralCode;
  /** `connection refused`, `answered 503`. */
  readonly cause: string;
  readonly since: number;
  /** When it ends or is looked at again; null when nothing is scheduled. */
  readonly until: number | null;
}

/** What the targets' recent behaviour says, as of one moment. */
export interface HealthView {
  deferral(model: ModelEntry): Deferral | null;
}

/** One place in the chain of a node, lane or model, before any request looks at it. */
export interface ChainLink {
  readonly target: ModelEntry;
  readonly source: Source;
  /** The lane whose chain it came with: its deadlines hold. */
  readonly lane: LaneEntry | null;
  /** The lane was asked for, so its params are sent; a chain borrowed from another lane brings none. */
  readonly ownLane: boolean;
  /** For `scored` links. */
  readonly score: number | null;
}

/** One target of a plan with its verdict. */
export interface PlanEntry {
  readonly link: ChainLink;
  /** null: ready. */
  readonly code: ExclusionCode | DeferralCode | null;
  readonly deferral: Deferral | null;
  /** false: excluded by fact. */
  readonly eligible: boolean;
}

/** The ordered targets for one request: ready ones, then deferred ones, then excluded ones. */
export interface Plan {
  readonly generation: number;
  readonly destination: Destination;
  readonly node: NodeEntry | null;
  /** The lane that was asked for, by name or through the node; null for models and lane-less nodes. */
  readonly lane: LaneEntry | null;
  /** The rule that moved the request. */
  readonly rule: 'deep_ingest' | null;
  readonly facts: RequestFacts;
  readonly entries: readonly PlanEntry[];
  /** The configured order that `entries` were taken from. */
  readonly links: readonly ChainLink[];
  /** How many of `entries`, from the front, may be tried. */
  readonly eligible: number;
  readonly warnings: readonly Warning[];
}
