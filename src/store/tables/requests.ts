import { requestMark, requestNumber, requestNumberAt } from '../../util/request-id.ts';
import type { Database } from '../files/database.ts';
import {
  REQUEST_COLUMNS,
  REQUEST_WIDTH,
  rowOf,
  type Cell,
  type StoredRequest,
} from '../ledger/row-encoding.ts';
import { RowInserts } from '../ledger/row-inserts.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';
import type {
  AttemptTotals,
  LedgerSpan,
  RequestQuery,
  UsageBucket,
  UsageBucketQuery,
  UsageQuery,
  UsageRow,
} from '../store.ts';
import { usageBucketSql, usageSql, type UsageRange } from './usage-sql.ts';

/** A row that is written again (running, then ended) replaces the earlier one. */
const INSERT = `INSERT OR REPLACE INTO requests (${REQUEST_COLUMNS.join(', ')})`;

/** CROSS JOIN: the requests are read in order, and the kind of each is looked up. */
const FROM = `FROM requests CROSS JOIN request_kinds AS kind ON kind.id = kind_id`;

const SELECT = `SELECT requests.id AS number, mark, endpoint, wire, requested, node, lane, rule, target, generation, stream,
    state, status, usage_estimated AS usageEstimated, plans.text AS plan, started_ms AS startedMs,
    duration_us AS durationUs, input_tokens AS inputTokens, output_tokens AS outputTokens,
    cached_input_tokens AS cachedInputTokens, reasoning_tokens AS reasoningTokens, user,
    times, more
  ${FROM} CROSS JOIN plans ON plans.id = plan_id`;

const SELECT_OLDEST = `SELECT id AS number, started_ms AS startedMs FROM requests ORDER BY id LIMIT ?`;

const SELECT_NEWEST_NUMBER = `SELECT coalesce(max(id), 0) FROM requests`;

const DELETE_UP_TO = `DELETE FROM requests WHERE id <= ?`;

const COUNT = `SELECT count(*) FROM requests`;

const SELECT_NTH = `SELECT id FROM requests ORDER BY id LIMIT 1 OFFSET ?`;

/**
 * How attempts ended, by target. A request whose only attempt answered has no list of attempts (`row-encoding.ts`), and
 * that attempt has its target.
 */
const ATTEMPT_TOTALS = `WITH chosen AS NOT MATERIALIZED (
    SELECT kind_id, more, json_type(more, '$.attempts') IS 'array' AS listed FROM requests
    WHERE id >= @first AND id < @end),
  counted AS (
    SELECT target, NULL AS class, count(*) AS attempts
    FROM chosen CROSS JOIN request_kinds AS kind ON kind.id = kind_id
    WHERE NOT listed AND target IS NOT NULL GROUP BY target
    UNION ALL
    SELECT attempt.value ->> 'target', attempt.value ->> 'class', count(*)
    FROM chosen CROSS JOIN json_each(more, '$.attempts') AS attempt WHERE listed GROUP BY 1, 2)
  SELECT target, class, sum(attempts) AS attempts FROM counted GROUP BY target, class ORDER BY target, class`;

/** The condition of each filter of a list. */
const FILTERS = {
  before: 'requests.id <',
  node: 'node =',
  lane: 'lane =',
  target: 'target =',
  state: 'state =',
} as const;

/** An id is made when its request starts, so the two times differ by less than this. */
const ID_LAG_MS = 60_000;

/** What retention needs to know of a request. */
export interface OldRequest {
  readonly number: number;
  readonly startedMs: number;
}

/** Writes requests, keyed by the number of their id. */
export class Requests {
  readonly #rows: RowInserts;
  readonly #selectOldest;
  readonly #deleteUpTo;

  constructor(database: Database) {
    this.#rows = new RowInserts(database, INSERT, REQUEST_WIDTH);
    this.#selectOldest = database.prepare<[number], OldRequest>(SELECT_OLDEST);
    this.#deleteUpTo = database.prepare<[number]>(DELETE_UP_TO);
  }

  /** Writes rows of REQUEST_WIDTH cells each. */
  insert(cells: readonly Cell[]): void {
    this.#rows.insert(cells);
  }

  /** The oldest requests: numbers rise with time. */
  oldest(limit: number): OldRequest[] {
    return this.#selectOldest.all(limit);
  }

  /** Deletes all requests up to that number. */
  removeUpTo(number: number): void {
    this.#deleteUpTo.run(number);
  }
}

/** The number of the newest request; 0 when there is none. */
export function newestNumber(database: Database): number {
  return Number(database.prepare<[], number>(SELECT_NEWEST_NUMBER).pluck().get());
}

/** Reads requests; works on a read-only connection. */
export class RequestReader {
  readonly #database: Database;
  readonly #selectOne;

  constructor(database: Database) {
    this.#database = database;
    this.#selectOne = database.prepare<[number, string], StoredRequest>(
      `${SELECT} WHERE requests.id = ? AND mark = ?`,
    );
  }

  find(id: string): LedgerRow | null {
    const number = requestNumber(id);
    const stored = Number.isNaN(number) ? undefined : this.#selectOne.get(number, requestMark(id));
    return stored === undefined ? null : rowOf(stored);
  }

  /** Newest first. */
  newest(query: RequestQuery): LedgerRow[] {
    const conditions: string[] = [];
    const values: (string | number)[] = [];
    for (const [name, condition] of Object.entries(FILTERS)) {
      const value = query[name as keyof typeof FILTERS];
      if (value === null) continue;
      conditions.push(`${condition} ?`);
      values.push(name === 'before' ? requestNumber(value) : value);
    }
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const sql = `${SELECT} ${where} ORDER BY requests.id DESC LIMIT ?`;
    const select = this.#database.prepare<(string | number)[], StoredRequest>(sql);
    return select.all(...values, query.limit).map(rowOf);
  }

  /** The newest request that is not among the newest `count`; null if there are not more than `count`. */
  newestBeyond(count: number): number | null {
    const beyond = Number(this.#database.prepare<[], number>(COUNT).pluck().get()) - count;
    if (beyond <= 0) return null;
    return (
      this.#database
        .prepare<[number], number>(SELECT_NTH)
        .pluck()
        .get(beyond - 1) ?? null
    );
  }

  /** Totals by one column, the group with the most requests first. Throws a RangeError for an invalid time. */
  usage(query: UsageQuery): UsageRow[] {
    const select = this.#database.prepare<[UsageRange], UsageRow>(usageSql(query.groupBy));
    return select.all(rangeOf(query));
  }

  /** Totals by one column and by time, oldest first. Throws a RangeError for an invalid time. */
  usageBuckets({ bucketMs, limit, ...query }: UsageBucketQuery): UsageBucket[] {
    const sql = usageBucketSql(query.groupBy);
    return this.#database
      .prepare<[UsageRange & { bucket: number; limit: number }], UsageBucket>(sql)
      .all({ ...rangeOf(query), bucket: bucketMs, limit });
  }

  /** How the attempts of each target ended. Throws a RangeError for an invalid time. */
  attemptTotals({ from, to }: LedgerSpan): AttemptTotals[] {
    const [first, end] = [requestNumberAt(timeOf(from)), requestNumberAt(timeOf(to))];
    return this.#database
      .prepare<[{ first: number; end: number }], AttemptTotals>(ATTEMPT_TOTALS)
      .all({ first, end });
  }
}

/** Numbers rise with time, so the range is read by the primary key; an index on the time would slow down every insert. */
function rangeOf({ from, to }: LedgerSpan): UsageRange {
  const start = timeOf(from);
  return { first: requestNumberAt(start - ID_LAG_MS), from: start, to: timeOf(to) };
}

function timeOf(text: string): number {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw new RangeError(`invalid time: ${text}`);
  return time;
}
