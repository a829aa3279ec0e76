import type { Database } from '../files/database.ts';

const INSERT_NEW = `INSERT INTO plans (text) VALUES (?) ON CONFLICT (text) DO NOTHING`;

const SELECT_ID = `SELECT id FROM plans WHERE text = ?`;

const DELETE_UNUSED = `DELETE FROM plans
  WHERE id = ? AND NOT EXISTS (SELECT 1 FROM request_kinds WHERE request_kinds.plan_id = plans.id)`;

/** Size of the id cache. */
const KNOWN_MAX = 1_000;

/** The plans of requests, each stored once: it is several times as long as what else a kind has. */
export class Plans {
  readonly #insertNew;
  readonly #selectId;
  readonly #deleteUnused;
  readonly #known = new Map<string, number>();

  constructor(database: Database) {
    this.#insertNew = database.prepare<[string]>(INSERT_NEW);
    this.#selectId = database.prepare<[string], number>(SELECT_ID).pluck();
    this.#deleteUnused = database.prepare<[number]>(DELETE_UNUSED);
  }

  /** The id of a plan; a new plan is written. */
  idOf(text: string): number {
    let id = this.#known.get(text);
    if (id !== undefined) return id;
    this.#insertNew.run(text);
    id = this.#selectId.get(text);
    if (id === undefined) throw new Error('internal error: a plan is missing after it was written');
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(text, id);
    return id;
  }

  /** Deletes those of these plans that no kind of request refers to any more. */
  removeUnused(ids: Iterable<number>): void {
    for (const id of ids) this.#deleteUnused.run(id);
    this.#known.clear();
  }

  /** Clears the cache after a rollback: it may hold ids that were not committed. */
  forget(): void {
    this.#known.clear();
  }
}
