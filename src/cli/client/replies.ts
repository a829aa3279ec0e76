import type { Kind, Speed } from '../../protocol/capabilities.ts';

/** What the commands read of the replies of a gateway (docs/api.md describes them whole). Times are ISO 8601. */

/** What a node or lane is assigned to. */
export interface TargetReply {
  readonly provider: string | null;
  readonly model_id: string | null;
  readonly lane: string | null;
}

/** Which model answers for a node or lane now; without one, why none does. */
export interface AnswersReply {
  readonly target: string | null;
  readonly reason: string | null;
}

/** The assignment of a node or lane. */
export interface AssignmentReply extends TargetReply {
  /** A model, or `lane:NAME`; null: a lane as configured, or a node whose model was removed. */
  readonly assigned: string | null;
  readonly answers: AnswersReply;
  readonly is_default: boolean;
  readonly default: TargetReply;
  readonly why: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly expires_at: string | null;
  readonly last_duration_ms: number | null;
  readonly last_at: string | null;
  /** The model of the last answer for the node. */
  readonly last_model: { readonly provider: string; readonly model_id: string } | null;
}

/** Reply to a switch, an undo or a reset of one node. */
export interface SwitchedReply extends AssignmentReply {
  readonly node: string;
  readonly generation: number;
  readonly previous: { readonly assigned: string | null };
  readonly warnings: readonly WarningReply[];
  /** Only of a dry run. */
  readonly fit?: boolean;
  readonly reasons?: readonly { readonly code: string; readonly reason: string }[];
  /** Only with a preflight. */
  readonly preflight?: PreflightReply | null;
}

/** The result of a short request to the new target of a switch. */
export interface PreflightReply {
  readonly ok: boolean;
  readonly duration_ms: number | null;
  readonly message: string | null;
}

/** A warning of a reply. */
export interface WarningReply {
  readonly code: string;
  readonly detail: string;
}

/** A model of `GET /api/debug/models`. */
export interface ModelReply {
  readonly provider: string;
  readonly model_id: string;
  readonly name: string;
  readonly speed: Speed | null;
  readonly status: string;
  readonly kind: Kind;
  readonly local: boolean;
}

/** `GET /api/debug/models`. */
export interface ModelsReply {
  readonly generation: number;
  readonly available: readonly ModelReply[];
  readonly assignments: Readonly<Record<string, AssignmentReply>>;
}

/** A provider of `GET /api/debug/health`. */
export interface ProviderHealthReply {
  readonly provider: string;
  readonly name: string;
  readonly type: string;
  readonly base_url: string | null;
  /** Addresses of the servers that Laneway runs for it; null: it runs none. Absent: the gateway is of an older version. */
  readonly servers?: readonly string[] | null;
  readonly local: boolean;
  readonly reachable: boolean | null;
  readonly needs_key: string | null;
  /** Why it is deferred; null: it is not. */
  readonly code: string | null;
  readonly reason: string | null;
  readonly latency_ms: number | null;
  readonly models: number | null;
}

/** `GET /api/debug/health`. */
export interface HealthReply {
  readonly generation: number;
  readonly state: { readonly available: boolean; readonly why: string | null };
  readonly providers: readonly ProviderHealthReply[];
  readonly targets: readonly {
    readonly target: string;
    readonly breaker: { readonly state: string };
    readonly last_error: { readonly message: string; readonly at: string } | null;
  }[];
}

/** One target of a plan. */
export interface PlanTargetReply {
  readonly target: string;
  readonly source: string;
  readonly eligible: boolean;
  readonly deferred: boolean;
  readonly code: string | null;
  readonly reason: string | null;
  readonly score: number | null;
}

/** A request in a list; one that was refused has less. */
export interface RequestReply {
  readonly id: string;
  readonly state: string;
  readonly started_at: string;
  readonly endpoint: string | null;
  readonly requested: string | null;
  readonly node: string | null;
  readonly lane: string | null;
  readonly target: string | null;
  readonly status: number | null;
  readonly duration_ms: number | null;
  readonly error: { readonly message: string; readonly code: string | null } | null;
  /** Only of refused ones: how many were alike. */
  readonly count?: number;
}
