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

/** Which filters a list may have: the column of each. */
const FILTERS = {
  before: 'requests.id <',
  node: 'node =',
  lane: 'lane =',
  target: 'target =',
  state: 'state =',
} as const;

/** The column of each group of totals. */
const GROUPS = { node: 'node', lane: 'lane', model: 'target', user: 'user' } as const;

/** An id is made in the moment in which its request starts; this much earlier is surely earlier. */
const ID_LAG_MS = 60_000;

interface UsageRange {
  readonly firstId: string;
  readonly from: string;
  readonly to: string;
}

/** A request without its attempts, which have their own table. */
export type RequestWithoutAttempts = Omit<LedgerRow, 'attempts'>;

type StoredRequest = Stored<RequestWithoutAttempts>;

/** What decides whether a request is kept. */
export interface OldRequest {
  readonly id: string;
  readonly startedAt: string;
  readonly planId: number;
}

/** Writes every accepted request, keyed by its id. */
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

  /** Writes whole rows; `cells` holds REQUEST_WIDTH of them for each. */
  insert(cells: readonly Cell[]): void {
    this.#rows.insert(cells);
  }

  /** Marks what an earlier process left running. */
  interruptRunning(): void {
    this.#interruptRunning.run();
  }

  /** The first so many by id, which is by age. */
  oldest(limit: number): OldRequest[] {
    return this.#selectOldest.all(limit);
  }

  /** Deletes those up to that id. */
  removeUpTo(id: string): void {
    this.#deleteUpTo.run(id);
  }
}

/** Reads requests; on a read-only connection too. */
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

  /** The newest request that is not among the newest `count`; null when there are no more than those. */
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

  /** Totals by one column, the group with the most requests first. Throws a RangeError when a time is none. */
  usage({ groupBy, from, to }: UsageQuery): UsageRow[] {
    const [start, end] = [new Date(from), new Date(to)];
    // Ids sort by time: with them a day takes as long as a day, and there is no index that each request would pay for.
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
 * Percentiles by nearest rank: the smallest duration that so many in a hundred do not exceed. The rows of the time are
 * read twice, which takes less than keeping them (a million: 2.4 s, and 3.3 s when they are kept).
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
