import type { UnreadableFile } from '../../protocol/model-file.ts';

/** What the commands read of `GET /api/engines` and `GET /api/pools` (docs/api.md describes them whole). */

/** A model of an engine. Times are ISO 8601. */
export interface EngineModelReply {
  readonly model_id: string;
  readonly state: string;
  readonly estimate_bytes: number | null;
  /** As measured. */
  readonly footprint_bytes: number | null;
  /** Tokens. */
  readonly context_length: number | null;
  readonly last_used_at: string | null;
  readonly in_flight: number;
  readonly pinned: boolean;
  /** Why its last load failed. */
  readonly error: string | null;
}

/** An engine. */
export interface EngineReply {
  readonly provider: string;
  readonly type: string;
  readonly driver: string;
  readonly state: string;
  readonly verbs: readonly string[];
  readonly models: readonly EngineModelReply[];
  /** Files in its folder that cannot be used; absent: none. */
  readonly unreadable?: readonly UnreadableFile[];
}

/** `GET /api/engines`. */
export interface EnginesReply {
  readonly engines: readonly EngineReply[];
}

/** The switch that runs in a pool. */
export interface PoolSwitchReply {
  readonly switch_id: string;
  readonly cause: string;
  readonly from: string | null;
  readonly to: string | null;
  /** 0 to 1. */
  readonly progress: number;
  readonly started_at: string;
}

/** A model in the memory of a pool. */
export interface ResidentReply {
  readonly model: string;
  readonly state: string;
  readonly bytes: number;
  readonly in_flight: number;
  readonly pinned: boolean;
  readonly loaded_at: string | null;
  readonly last_used_at: string | null;
}

/** A model that requests wait for. */
export interface WaitingReply {
  readonly model: string;
  readonly requests: number;
  readonly waited_ms: number;
  /** What its last load took. */
  readonly load_ms: number | null;
  /** What keeps it from being loaded; absent: an older gateway does not say. */
  readonly reason?: string | null;
}

/** A pool. Bytes; null: unknown. */
export interface PoolReply {
  readonly name: string;
  readonly budget_bytes: number | null;
  readonly reserve_bytes: number | null;
  readonly used_bytes: number;
  readonly free_bytes: number | null;
  readonly source: string | null;
  /** Percent of the last 10 s in which some task waited for memory. */
  readonly pressure: number | null;
  readonly temperature_c: number | null;
  readonly thermal: string;
  readonly state: string;
  readonly error: string | null;
  readonly switch: PoolSwitchReply | null;
  readonly burst: {
    readonly lane: string;
    readonly model: string;
    readonly displaced: readonly string[];
  } | null;
  readonly resident: readonly ResidentReply[];
  readonly waiting: readonly WaitingReply[];
}

/** `GET /api/pools`. */
export interface PoolsReply {
  readonly pools: readonly PoolReply[];
}
