import type { Database } from '../files/database.ts';
import type { NodeDuration } from '../../protocol/assignment.ts';

const SELECT_ALL = `SELECT node, target, last_ms AS lastMs, at FROM node_durations ORDER BY at DESC, node, target`;

const UPSERT = `INSERT INTO node_durations (node, target, last_ms, at) VALUES (?, ?, ?, ?)
  ON CONFLICT (node, target) DO UPDATE SET last_ms = excluded.last_ms, at = excluded.at`;

/** Two targets per node show what difference a switch made. */
const KEEP_NEWEST_TWO = `DELETE FROM node_durations WHERE node = @node AND target NOT IN
  (SELECT target FROM node_durations WHERE node = @node ORDER BY at DESC, target LIMIT 2)`;

/** `at` is ISO 8601. */
type StoredDuration = Omit<NodeDuration, 'atMs'> & { readonly at: string };

/** The last duration of each node with each of its last two targets. */
export class NodeDurations {
  readonly #selectAll;
  readonly #upsert;
  readonly #keepNewestTwo;
  /** The last target of each node that has at most two. */
  readonly #lastTargets = new Map<string, string>();

  constructor(database: Database) {
    this.#selectAll = database.prepare<[], StoredDuration>(SELECT_ALL);
    this.#upsert = database.prepare(UPSERT);
    this.#keepNewestTwo = database.prepare<[{ readonly node: string }]>(KEEP_NEWEST_TWO);
  }

  /** Newest first. */
  all(): NodeDuration[] {
    return this.#selectAll.all().map(({ at, ...same }) => ({ ...same, atMs: Date.parse(at) }));
  }

  put({ node, target, lastMs, atMs }: NodeDuration): void {
    this.#upsert.run(node, target, lastMs, new Date(atMs).toISOString());
    if (this.#lastTargets.get(node) === target) return;
    if (this.#keepNewestTwo.run({ node }).changes === 0) this.#lastTargets.set(node, target);
    else this.#lastTargets.delete(node); // perhaps it was this target that was removed
  }

  /** Clears the cache after a rollback. */
  forget(): void {
    this.#lastTargets.clear();
  }
}
