/** The state of a model on an engine, as `GET /api/engines` reports it. */
export type EngineModelState = 'unloaded' | 'loading' | 'loaded' | 'unloading' | 'failed';

/** The state of an engine: a local server that can load and unload models. */
export type EngineState = 'stopped' | 'starting' | 'running' | 'stopping' | 'unreachable';

/** The state of a pool: of the one switch that may run in it, `ready` without one. */
export type PoolState = 'ready' | 'draining' | 'unloading' | 'settling' | 'loading' | 'probing' | 'failed';

/** How Laneway acts on an engine. */
export type DriverName = 'router' | 'process' | 'ollama' | 'command' | 'none';

/** What Laneway can do with a model of an engine. */
export type EngineVerb = 'load' | 'unload';

/** What decides how much memory a model takes, besides its file. */
export interface LoadSettings {
  /** Tokens; null: as the engine chooses. */
  readonly contextLength: number | null;
  /** With a quantised KV cache. */
  readonly quantizedCache: boolean;
}

/** What was learnt of one model with one group of settings; a row of the store. */
export interface Footprint extends LoadSettings {
  /** Full model id. */
  readonly target: string;
  /** Memory that it takes as measured; null: only the load time is known. */
  readonly bytes: number | null;
  /** How long its last load took. */
  readonly loadMs: number | null;
  /** Wall-clock ms. */
  readonly atMs: number;
}

/**
 * What a start must know of a claim that a crash has cut short: which models were displaced and are to come back. Kept
 * from before the first of them is unloaded until the last is back.
 */
export interface BurstRecord {
  readonly lane: string;
  readonly target: string;
  readonly displaced: readonly string[];
}

/** The claim of a pool by a lane, as the store keeps it. */
export interface PoolClaim extends BurstRecord {
  /** The name of the pool. */
  readonly pool: string;
}
