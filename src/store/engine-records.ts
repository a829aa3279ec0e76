import type { BurstRecord, Footprint } from '../protocol/engine.ts';
import type { Database } from './files/database.ts';
import { EngineFootprints } from './tables/engine-footprints.ts';
import { PoolClaims } from './tables/pool-claims.ts';

/** The calls of `Store` that keep what is learnt of engines, synchronous. No generation, no audit. */
export class EngineRecords {
  readonly #footprints: EngineFootprints;
  readonly #claims: PoolClaims;

  constructor(database: Database) {
    this.#footprints = new EngineFootprints(database);
    this.#claims = new PoolClaims(database);
  }

  putFootprint(footprint: Footprint): null {
    this.#footprints.put(footprint);
    return null;
  }

  putClaim({ pool, claim }: { readonly pool: string; readonly claim: BurstRecord | null }): null {
    this.#claims.put(pool, claim);
    return null;
  }
}
