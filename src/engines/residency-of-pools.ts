import type { ModelResidency, ResidencyMap } from '../routing/residency.ts';
import type { Pool } from './pool/pool.ts';

/** What decides which models of the pools Laneway loads. */
interface ManagedModels {
  manages(target: string): boolean;
  loadsForRequests(target: string): boolean;
}

/** Joins what pools say of their models, for plans: the same map until something in it changes. */
export class ResidencyOfPools {
  readonly #models: ManagedModels;
  #seen: readonly {
    readonly pool: Pool;
    readonly map: ReturnType<Pool['residency']['read']>;
    readonly knowsMemory: boolean;
  }[] = [];
  #joined: ResidencyMap = new Map<string, ModelResidency>();

  constructor(models: ManagedModels) {
    this.#models = models;
  }

  /** Takes over changed pools or models. */
  update(pools: Iterable<Pool>): void {
    this.#seen = [...pools].map((pool) => ({
      pool,
      map: pool.residency.read(),
      knowsMemory: pool.knowsMemory,
    }));
    const joined = new Map<string, ModelResidency>();
    for (const { map } of this.#seen)
      for (const [target, model] of map) {
        if (!this.#models.manages(target)) continue;
        joined.set(target, { ...model, waits: this.#models.loadsForRequests(target) });
      }
    this.#joined = joined;
  }

  /** Asked for each plan. */
  read(): ResidencyMap {
    for (const { pool, map, knowsMemory } of this.#seen)
      if (pool.residency.read() !== map || pool.knowsMemory !== knowsMemory) {
        this.update(this.#seen.map((each) => each.pool));
        break;
      }
    return this.#joined;
  }
}
