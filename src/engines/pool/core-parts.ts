import type { BurstRecord } from '../../protocol/engine.ts';
import type { Footprints } from '../memory/footprints.ts';
import type { PoolSettings } from './settings.ts';

/** What a pool's core is made from. */
export interface CoreParts {
  /** Of the pool, for messages. */
  readonly name: string;
  readonly settings: PoolSettings;
  readonly footprints: Footprints;
  /** A new id for a switch. */
  readonly newId: () => string;
  /** Requests that use a model, by its full id, when it comes into the pool. */
  readonly inFlight: (target: string) => number;
  /** Of a claim that a crash has cut short. */
  readonly burst: BurstRecord | null;
}
