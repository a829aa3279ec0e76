import type { Database } from '../files/database.ts';
import {
  ATTEMPT_COLUMNS,
  ATTEMPT_FLAGS,
  columnNames,
  readFlags,
  selectList,
  type Stored,
} from '../ledger/columns.ts';
import { RowInserts } from '../ledger/row-inserts.ts';
import { ATTEMPT_WIDTH, type Cell } from '../ledger/row-packing.ts';
import type { LedgerAttempt } from '../../protocol/ledger.ts';
import { requestIdStart } from '../../util/request-id.ts';
import type { AttemptTotals, LedgerSpan } from '../store.ts';

const INSERT = `INSERT OR REPLACE INTO attempts (request_id, ${columnNames(ATTEMPT_COLUMNS).join(', ')})`;

const DELETE_UP_TO = `DELETE FROM attempts WHERE request_id <= ?`;

const SELECT_OF_REQUEST = `SELECT ${selectList(ATTEMPT_COLUMNS)} FROM attempts WHERE request_id = ? ORDER BY n`;

/** The id of a request begins with its time. */
const SELECT_TOTALS = `SELECT target, class, count(*) AS attempts FROM attempts
  WHERE request_id >= ? AND request_id < ? GROUP BY target, class ORDER BY target, class`;

/** Writes attempts, keyed by request and number. */
export class Attempts {
  readonly #rows: RowInserts;
  readonly #deleteUpTo;

  constructor(database: Database) {
    this.#rows = new RowInserts(database, INSERT, ATTEMPT_WIDTH);
    this.#deleteUpTo = database.prepare<[string]>(DELETE_UP_TO);
  }

  /** Writes rows of ATTEMPT_WIDTH cells each; a row with the same key is replaced. */
  insert(cells: readonly Cell[]): void {
    this.#rows.insert(cells);
  }

  /** Deletes the attempts of all requests up to that id. */
  removeUpTo(requestId: string): void {
    this.#deleteUpTo.run(requestId);
  }
}

/** Reads attempts; works on a read-only connection. */
export class AttemptReader {
  readonly #selectOfRequest;
  readonly #selectTotals;

  constructor(database: Database) {
    this.#selectTotals = database.prepare<[string, string], AttemptTotals>(SELECT_TOTALS);
    this.#selectOfRequest = database.prepare<[string], Stored<LedgerAttempt>>(SELECT_OF_REQUEST);
  }

  /** In the order they were made. */
  of(requestId: string): LedgerAttempt[] {
    return this.#selectOfRequest
      .all(requestId)
      .map((attempt) => readFlags<LedgerAttempt>(attempt, ATTEMPT_FLAGS));
  }

  /** How the attempts of each target ended. Throws a RangeError for an invalid time. */
  totals({ from, to }: LedgerSpan): AttemptTotals[] {
    const [first, end] = [from, to].map((time) => requestIdStart(new Date(time).getTime()));
    return this.#selectTotals.all(first ?? '', end ?? '');
  }
}
