import { requestIdStart } from '../../util/request-id.ts';
import type { Database } from '../files/database.ts';
import {
  columnNames,
  readFlags,
  REQUEST_COLUMNS,
  REQUEST_FLAGS,
  selectList,
  type Stored,
} from '../ledger/columns.ts';
import { RowInserts } from '../ledger/row-inserts.ts';
import { REQUEST_WIDTH, type Cell } from '../ledger/row-packing.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';
import type { RequestQuery, UsageQuery, UsageRow } from '../store.ts';

/** A row that is written again (running, then ended) replaces the earlier one. */
const INSERT = `INSERT OR REPLACE INTO requests (${columnNames(REQUEST_COLUMNS).join(', ')})`;

const COLUMNS = selectList(REQUEST_COLUMNS, { id: 'requests.id', plan: 'plans.text' });

const SELECT = `SELECT ${COLUMNS} FROM requests JOIN plans ON plans.id = requests.plan_id`;

const SELECT_OLDEST = `SELECT id, started_at AS startedAt, plan_id AS planId FROM requests ORDER BY id LIMIT ?`;

const DELETE_UP_TO = `DELETE FROM requests WHERE id <= ?`;

const COUNT = `SELECT count(*) FROM requests`;

const SELECT_NTH = `SELECT id FROM requests ORDER BY id LIMIT 1 OFFSET ?`;

const INTERRUPT_RUNNING = `UPDATE requests SET state = 'interrupted' WHERE state = 'running'`;

/** The condition of each filter of a list. */
const FILTERS = {
  before: 'requests.id <',
  node: 'node =',
  lane: 'lane =',
  target: 'target =',
  state: 'state =',
} as const;

/** The column of each grouping. */
const GROUPS = { node: 'node', lane: 'lane', model: 'target', user: 'user' } as const;

/** An id is made when its request starts, so the two times differ by less than this. */
const ID_LAG_MS = 60_000;

interface UsageRange {
  readonly firstId: string;
  readonly from: string;
  readonly to: string;
}

/** A request without its attempts, which have their own table. */
export type RequestWithoutAttempts = Omit<LedgerRow, 'attempts'>;

type StoredRequest = Stored<RequestWithoutAttempts>;

/** What retention needs to know of a request. */
export interface OldRequest {
  readonly id: string;
  readonly startedAt: string;
  readonly planId: number;
}

/** Writes requests, keyed by id. */
export class Requests {
  readonly #rows: RowInserts;
  readonly #interruptRunning;
  readonly #selectOldest;
  readonly #deleteUpTo;

  constructor(database: Database) {
    this.#rows = new RowInserts(database, INSERT, REQUEST_WIDTH);
    this.#interruptRunning = database.prepare<[]>(INTERRUPT_RUNNING);
    this.#selectOldest = database.prepare<[number], OldRequest>(SELECT_OLDEST);
    this.#deleteUpTo = database.prepare<[string]>(DELETE_UP_TO);
  }

  /** Writes rows of REQUEST_WIDTH cells each. */
  insert(cells: readonly Cell[]): void {
    this.#rows.insert(cells);
  }

  /** Marks requests that an earlier process left running. */
  interruptRunning(): void {
    this.#interruptRunning.run();
  }

  /** The oldest requests: ids sort by time. */
  oldest(limit: number): OldRequest[] {
    return this.#selectOldest.all(limit);
  }

  /** Deletes all requests up to that id. */
  removeUpTo(id: string): void {
    this.#deleteUpTo.run(id);
  }
}

/** Reads requests; works on a read-only connection. */
export class RequestReader {
  readonly #database: Database;
  readonly #selectOne;

  constructor(database: Database) {
    this.#database = database;
    this.#selectOne = database.prepare<[string], StoredRequest>(`${SELECT} WHERE requests.id = ?`);
  }

  find(id: string): RequestWithoutAttempts | undefined {
    const stored = this.#selectOne.get(id);
    return stored === undefined ? undefined : fromStored(stored);
  }

  /** Newest first. */
  newest(query: RequestQuery): RequestWithoutAttempts[] {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    for (const [name, condition] of Object.entries(FILTERS)) {
      const value = query[name as keyof typeof FILTERS];
      if (value === null) continue;
      conditions.push(`${condition} ?`);
      values.push(value);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const sql = `${SELECT} ${where} ORDER BY requests.id DESC LIMIT ?`;
    const select = this.#database.prepare<(string | number)[], StoredRequest>(sql);
    return select.all(...values, query.limit).map(fromStored);
  }

  /** The newest request that is not among the newest `count`; null if there are not more than `count`. */
  newestBeyond(count: number): string | null {
    const beyond = Number(this.#database.prepare<[], number>(COUNT).pluck().get()) - count;
    if (beyond <= 0) return null;
    return (
      this.#database
        .prepare<[number], string>(SELECT_NTH)
        .pluck()
        .get(beyond - 1) ?? null
    );
  }

  /** Totals by one column, the group with the most requests first. Throws a RangeError for an invalid time. */
  usage({ groupBy, from, to }: UsageQuery): UsageRow[] {
    const [start, end] = [new Date(from), new Date(to)];
    // Ids sort by time, so the range is read by the primary key; an index on the time would slow down every insert.
    const firstId = requestIdStart(Math.max(0, start.getTime() - ID_LAG_MS));
    return this.#database
      .prepare<[UsageRange], UsageRow>(usageSql(GROUPS[groupBy]))
      .all({ firstId, from: start.toISOString(), to: end.toISOString() });
  }
}

function fromStored(stored: StoredRequest): RequestWithoutAttempts {
  return readFlags<RequestWithoutAttempts>(stored, REQUEST_FLAGS);
}

/**
 * Percentiles by nearest rank: the smallest duration that the given percentage of requests does not exceed. Reading the
 * rows twice is faster than materializing them (a million rows: 2.4 s instead of 3.3 s).
 */
function usageSql(column: string): string {
  return `WITH chosen AS NOT MATERIALIZED (
      SELECT ${column} AS "group", state, duration_ms, input_tokens, output_tokens FROM requests
      WHERE id >= @firstId AND started_at >= @from AND started_at < @to),
    ranked AS (
      SELECT "group", duration_ms,
        row_number() OVER (PARTITION BY "group" ORDER BY duration_ms) AS rank,
        count(*) OVER (PARTITION BY "group") AS total
      FROM chosen WHERE state = 'settled' AND duration_ms IS NOT NULL),
    times AS (
      SELECT "group", min(duration_ms) AS p50, max(duration_ms) AS p95 FROM ranked
      WHERE rank IN ((total * 50 + 99) / 100, (total * 95 + 99) / 100) GROUP BY "group"),
    totals AS (
      SELECT "group", count(*) AS requests,
        count(*) FILTER (WHERE state IN ('partial', 'failed', 'interrupted')) AS errors,
        sum(input_tokens) AS inputTokens, sum(output_tokens) AS outputTokens
      FROM chosen GROUP BY "group")
    SELECT totals.*, times.p50 AS p50Ms, times.p95 AS p95Ms
    FROM totals LEFT JOIN times ON times."group" IS totals."group"
    ORDER BY requests DESC, totals."group"`;
}
