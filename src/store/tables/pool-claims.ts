import type { BurstRecord, PoolClaim } from '../../protocol/engine.ts';
import type { Database } from '../files/database.ts';

const SELECT_ALL = `SELECT pool, lane, target, displaced FROM pool_claims ORDER BY pool`;

const UPSERT = `INSERT INTO pool_claims (pool, lane, target, displaced) VALUES (?, ?, ?, ?)
  ON CONFLICT (pool) DO UPDATE
  SET lane = excluded.lane, target = excluded.target, displaced = excluded.displaced`;

const DELETE = `DELETE FROM pool_claims WHERE pool = ?`;

/** `displaced` is a JSON list. */
type Row = Omit<PoolClaim, 'displaced'> & { readonly displaced: string };

/** The claims of memory pools by lanes with `burst`. */
export class PoolClaims {
  readonly #selectAll;
  readonly #upsert;
  readonly #delete;

  constructor(database: Database) {
    this.#selectAll = database.prepare<[], Row>(SELECT_ALL);
    this.#upsert = database.prepare(UPSERT);
    this.#delete = database.prepare<[string]>(DELETE);
  }

  all(): PoolClaim[] {
    return this.#selectAll.all().map(({ displaced, ...claim }) => ({
      ...claim,
      displaced: JSON.parse(displaced) as string[],
    }));
  }

  /** null: the claim is over. */
  put(pool: string, claim: BurstRecord | null): void {
    if (claim === null) this.#delete.run(pool);
    else this.#upsert.run(pool, claim.lane, claim.target, JSON.stringify(claim.displaced));
  }
}
