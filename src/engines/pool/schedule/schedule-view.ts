import type { ThermalLevel } from '../../sensors/thermal.ts';
import type { PoolSettings } from '../settings.ts';
import type { SwitchCause } from '../switch/switch-state.ts';
import type { ResidentView } from './eviction.ts';

/** A model that is not resident and is wanted. Times in monotonic ms. */
export interface Candidate {
  readonly target: string;
  readonly provider: string;
  readonly cause: Extract<SwitchCause, 'request' | 'burst' | 'return'>;
  /** Bytes; null: unknown. */
  readonly needBytes: number | null;
  /** Since when a request waits for it. */
  readonly since: number;
  /** Nobody is kept waiting: its requests have gone elsewhere. It is loaded when that disturbs nobody. */
  readonly idleOnly: boolean;
  /** Requests that have gone elsewhere. */
  readonly missed: number;
  /** Only background requests wait for it. */
  readonly background: boolean;
  readonly loadMs: number | null;
  /** Its engine holds one model at a time. */
  readonly holdsOne: boolean;
  /** Not before that: its last switch was postponed. */
  readonly notBefore: number;
  /** The target of a claim may be resident already; then only the others go. */
  readonly resident: boolean;
}

/** All that a decision depends on. */
export interface ScheduleView {
  readonly now: number;
  readonly settings: PoolSettings;
  readonly candidates: readonly Candidate[];
  readonly residents: readonly ResidentView[];
  /** Bytes that are free once these are unloaded; null: unknown. */
  readonly freeAfter: (targets: readonly string[]) => number | null;
  /** The same if all went, this model aside, that may go at some time. */
  readonly freeAtBest: (target: string) => number | null;
  /** The share of the last minutes that went into swaps. */
  readonly swapShare: number;
  readonly thermal: ThermalLevel;
}
