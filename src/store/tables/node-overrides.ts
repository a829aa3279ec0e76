import type { Database } from '../database.ts';
import type { StoredOverride } from '../store.ts';

const SELECT_ALL = `SELECT node, model, lane, reason, actor, at FROM node_overrides ORDER BY node`;

const SELECT_ONE = `SELECT node, model, lane, reason, actor, at FROM node_overrides WHERE node = ?`;

const UPSERT = `INSERT INTO node_overrides (node, model, lane, reason, actor, at) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (node) DO UPDATE SET
    model = excluded.model, lane = excluded.lane, reason = excluded.reason, actor = excluded.actor, at = excluded.at`;

const DELETE_ONE = `DELETE FROM node_overrides WHERE node = ?`;

const DELETE_ALL = `DELETE FROM node_overrides`;

/** The nodes that point elsewhere than configuration does. */
export class NodeOverrides {
  readonly #selectAll;
  readonly #selectOne;
  readonly #upsert;
  readonly #deleteOne;
  readonly #deleteAll;

  constructor(database: Database) {
    this.#selectAll = database.prepare<[], StoredOverride>(SELECT_ALL);
    this.#selectOne = database.prepare<[string], StoredOverride>(SELECT_ONE);
    this.#upsert = database.prepare(UPSERT);
    this.#deleteOne = database.prepare<[string]>(DELETE_ONE);
    this.#deleteAll = database.prepare<[]>(DELETE_ALL);
  }

  all(): StoredOverride[] {
    return this.#selectAll.all();
  }

  find(node: string): StoredOverride | undefined {
    return this.#selectOne.get(node);
  }

  put(override: StoredOverride): void {
    const { node, model, lane, reason, actor, at } = override;
    this.#upsert.run(node, model, lane, reason, actor, at);
  }

  remove(node: string): void {
    this.#deleteOne.run(node);
  }

  removeAll(): void {
    this.#deleteAll.run();
  }
}
