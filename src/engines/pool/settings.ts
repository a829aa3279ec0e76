import type { BudgetSettings } from '../memory/budget.ts';
import type { ThermalLimits } from '../sensors/thermal.ts';

/** How a pool decides. Times in ms. */
export interface PoolSettings extends BudgetSettings, ThermalLimits {
  /** A loaded model stays at least so long, unless an operator wants otherwise. */
  readonly minResidencyMs: number;
  /** A model that requests wait for is loaded by then, if memory and running requests allow. */
  readonly maxWaitMs: number;
  /** Requests that a resident model may still begin while another waits for its memory. */
  readonly batch: number;
  /** Requests that may wait for one model. */
  readonly queueMax: number;
}

/** The defaults of `pools.NAME`, with a queue as long as that of a lane. */
export const POOL_DEFAULTS: PoolSettings = {
  budgetBytes: null,
  reserveBytes: null,
  minResidencyMs: 30_000,
  maxWaitMs: 120_000,
  batch: 32,
  queueMax: 64,
  softC: null,
  hardC: null,
};

/** A local server that has models in the pool. */
export interface PoolEngine {
  readonly provider: string;
  readonly canLoad: boolean;
  readonly canUnload: boolean;
  /** Why Laneway does not run it, although it should; null, absent: it does, or should not. */
  readonly obstacle?: string | null;
  /** It holds one model at a time: to load another, the first has to go. */
  readonly holdsOne: boolean;
  /** It can load a model with a quantised KV cache. */
  readonly quantizesCache: boolean;
  /** Laneway started it, so that its memory can be measured. */
  readonly startedHere: boolean;
  /** A load without a sign of life for so long has failed. */
  readonly stallMs: number;
  /** The time that a server gets to stop. */
  readonly stopMs: number;
  /** A model without a request for so long is unloaded; null: never. */
  readonly idleUnloadMs: number | null;
}

/** A model that the pool may load. */
export interface PoolModel {
  /** Full id. */
  readonly target: string;
  readonly provider: string;
  /** The id that the engine knows it by. */
  readonly modelId: string;
  /** Tokens to load it with; null: as the engine chooses. */
  readonly contextLength: number | null;
  /** The widest window that it is known to have; null: unknown. A smaller one is tried when memory does not suffice. */
  readonly largestContext: number | null;
  /** Never unloaded to make room. */
  readonly pinned: boolean;
  /** Why its engine cannot load it, whatever the memory; null, absent: nothing is known against it. */
  readonly obstacle?: string | null;
}
