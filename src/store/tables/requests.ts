import type { Database } from '../database.ts';
import { RowInserts } from '../row-inserts.ts';
import { REQUEST_WIDTH, type Cell } from '../row-packing.ts';
import type { LedgerRow } from '../store.ts';

/** In the order of `packRows`; a row written again (running, then ended) takes the place of the earlier one. */
const INSERT = `INSERT OR REPLACE INTO requests (
    id, state, started_at, duration_ms, endpoint, wire, requested, node, lane, target, generation, user,
    client_request_id, stream, status, input_tokens, output_tokens, cached_input_tokens, reasoning_tokens,
    phases, plan_id, warnings, error)`;

const COLUMNS = `requests.id, state, started_at AS startedAt, duration_ms AS durationMs, endpoint, wire, requested, node, lane,
  target, generation, user, client_request_id AS clientRequestId, stream, status, input_tokens AS inputTokens,
  output_tokens AS outputTokens, cached_input_tokens AS cachedInputTokens, reasoning_tokens AS reasoningTokens,
  phases, plans.text AS plan, warnings, error`;

const JOINED = 'requests JOIN plans ON plans.id = requests.plan_id';

const SELECT_ONE = `SELECT ${COLUMNS} FROM ${JOINED} WHERE requests.id = ?`;

const SELECT_NEWEST = `SELECT ${COLUMNS} FROM ${JOINED} ORDER BY requests.id DESC LIMIT ?`;

const SELECT_BEFORE = `SELECT ${COLUMNS} FROM ${JOINED} WHERE requests.id < ? ORDER BY requests.id DESC LIMIT ?`;

const INTERRUPT_RUNNING = `UPDATE requests SET state = 'interrupted' WHERE state = 'running'`;

/** A row of `requests` as it is read: its attempts stand in their own table, and booleans are numbers. */
export type StoredRequest = Omit<LedgerRow, 'stream' | 'attempts'> & { readonly stream: number };

/** Every accepted request, keyed by its id. */
export class Requests {
  readonly #rows: RowInserts;
  readonly #selectOne;
  readonly #selectNewest;
  readonly #selectBefore;
  readonly #interruptRunning;

  constructor(database: Database) {
    this.#rows = new RowInserts(database, INSERT, REQUEST_WIDTH);
    this.#selectOne = database.prepare<[string], StoredRequest>(SELECT_ONE);
    this.#selectNewest = database.prepare<[number], StoredRequest>(SELECT_NEWEST);
    this.#selectBefore = database.prepare<[string, number], StoredRequest>(SELECT_BEFORE);
    this.#interruptRunning = database.prepare<[]>(INTERRUPT_RUNNING);
  }

  /** Writes whole rows; `cells` holds REQUEST_WIDTH of them for each. */
  insert(cells: readonly Cell[]): void {
    this.#rows.insert(cells);
  }

  find(id: string): StoredRequest | undefined {
    return this.#selectOne.get(id);
  }

  /** Newest first, only those older than `before` where that is given. */
  newest(limit: number, before: string | null): StoredRequest[] {
    return before === null ? this.#selectNewest.all(limit) : this.#selectBefore.all(before, limit);
  }

  /** Marks what an earlier process left running. */
  interruptRunning(): void {
    this.#interruptRunning.run();
  }
}
