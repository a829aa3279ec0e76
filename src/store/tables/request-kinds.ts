import type { Database } from '../files/database.ts';
import type { RequestKind } from '../ledger/request-kind.ts';
import { NUMBERS_PER_MS } from '../../util/request-id.ts';
import type { Cell } from '../ledger/row-encoding.ts';
import { Plans } from './plans.ts';

/** The columns by their fields; the first, `last_used`, and the id have none. */
export const KIND_COLUMNS = {
  mark: 'mark',
  endpoint: 'endpoint',
  wire: 'wire',
  requested: 'requested',
  node: 'node',
  lane: 'lane',
  rule: 'rule',
  target: 'target',
  generation: 'generation',
  stream: 'stream',
  state: 'state',
  status: 'status',
  usageEstimated: 'usage_estimated',
  plan: 'plan_id',
} as const satisfies Readonly<Record<keyof RequestKind, string>>;

const FIELDS = Object.keys(KIND_COLUMNS) as (keyof typeof KIND_COLUMNS)[];

const INSERT = `INSERT INTO request_kinds (last_used, ${Object.values(KIND_COLUMNS).join(', ')})
  VALUES (${['last_used', ...FIELDS].map(() => '?').join(', ')})`;

const UPDATE_LAST_USED = `UPDATE request_kinds SET last_used = ? WHERE id = ?`;

const INTERRUPT_RUNNING = `UPDATE request_kinds SET state = 'interrupted' WHERE state = 'running'`;

const DELETE_UNUSED = `DELETE FROM request_kinds WHERE last_used < ? RETURNING plan_id`;

/** `last_used` may be lower than the last use by this, an hour in numbers of requests, so that it is rarely written. */
const LAST_USED_LAG = 3_600_000 * NUMBERS_PER_MS;

/** Size of the cache. */
const KNOWN_MAX = 1_000;

interface KnownKind {
  readonly id: number;
  lastUsed: number;
}

/**
 * The kinds of requests, each stored once per process. Nothing looks for the kinds of earlier processes: an index for
 * that costs more than some hundred rows at each start.
 */
export class RequestKinds {
  readonly #plans: Plans;
  readonly #insert;
  readonly #updateLastUsed;
  readonly #interruptRunning;
  readonly #deleteUnused;
  readonly #known = new Map<string, KnownKind>();

  constructor(database: Database) {
    this.#plans = new Plans(database);
    this.#insert = database.prepare<[readonly Cell[]]>(INSERT);
    this.#updateLastUsed = database.prepare<[number, number]>(UPDATE_LAST_USED);
    this.#interruptRunning = database.prepare<[]>(INTERRUPT_RUNNING);
    this.#deleteUnused = database.prepare<[number], number>(DELETE_UNUSED).pluck();
  }

  /** The id of a kind that the request with this number has; a new kind is written. Throws when it is rejected. */
  idOf(kind: RequestKind, number: number): number {
    const plan = this.#plans.idOf(kind.plan);
    const cells = FIELDS.map((field) => (field === 'plan' ? plan : cellOf(kind[field])));
    const key = JSON.stringify(cells);
    let known = this.#known.get(key);
    if (known === undefined) {
      const id = Number(this.#insert.run([number, ...cells]).lastInsertRowid);
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      this.#known.set(key, (known = { id, lastUsed: number }));
    } else if (number > known.lastUsed + LAST_USED_LAG) {
      this.#updateLastUsed.run(number, known.id);
      known.lastUsed = number;
    }
    return known.id;
  }

  /** Marks the requests that an earlier process left running: all of their kinds. Call it before `idOf`. */
  interruptRunning(): void {
    this.#interruptRunning.run();
  }

  /** Deletes the kinds that only requests below this number had, and their plans. */
  removeUnused(number: number): void {
    const plans = this.#deleteUnused.all(number - LAST_USED_LAG);
    if (plans.length === 0) return;
    this.#plans.removeUnused(new Set(plans));
    this.#known.clear();
  }

  /** Clears the caches after a rollback: they may hold ids that were not committed. */
  forget(): void {
    this.#plans.forget();
    this.#known.clear();
  }
}

function cellOf(value: Cell | boolean): Cell {
  return typeof value === 'boolean' ? Number(value) : value;
}
