import type { Database } from '../files/database.ts';
import { RowInserts } from '../ledger/row-inserts.ts';
import { ATTEMPT_WIDTH, type Cell } from '../ledger/row-packing.ts';
import type { LedgerAttempt } from '../../protocol/ledger.ts';

/** In the order of `packRows`. */
const INSERT = `INSERT OR REPLACE INTO attempts (
    request_id, n, target, class, status, start_ms, first_byte_ms, first_token_ms, duration_ms, possible_duplicate,
    retry_after_ms, message)`;

const DELETE_UP_TO = `DELETE FROM attempts WHERE request_id <= ?`;

const SELECT_OF_REQUEST = `SELECT n, target, class, status, start_ms AS startMs, first_byte_ms AS firstByteMs,
    first_token_ms AS firstTokenMs, duration_ms AS durationMs, possible_duplicate AS possibleDuplicate,
    retry_after_ms AS retryAfterMs, message
  FROM attempts WHERE request_id = ? ORDER BY n`;

type StoredAttempt = Omit<LedgerAttempt, 'possibleDuplicate'> & { readonly possibleDuplicate: number };

/** Writes every upstream call, keyed by its request and its number. */
export class Attempts {
  readonly #rows: RowInserts;
  readonly #deleteUpTo;

  constructor(database: Database) {
    this.#rows = new RowInserts(database, INSERT, ATTEMPT_WIDTH);
    this.#deleteUpTo = database.prepare<[string]>(DELETE_UP_TO);
  }

  /** Writes whole rows; `cells` holds ATTEMPT_WIDTH of them for each. An attempt's number takes its earlier row. */
  insert(cells: readonly Cell[]): void {
    this.#rows.insert(cells);
  }

  /** Deletes those of requests up to that id. */
  removeUpTo(requestId: string): void {
    this.#deleteUpTo.run(requestId);
  }
}

/** Reads upstream calls; on a read-only connection too. */
export class AttemptReader {
  readonly #selectOfRequest;

  constructor(database: Database) {
    this.#selectOfRequest = database.prepare<[string], StoredAttempt>(SELECT_OF_REQUEST);
  }

  /** In the order in which they were made. */
  of(requestId: string): LedgerAttempt[] {
    return this.#selectOfRequest
      .all(requestId)
      .map((attempt) => ({ ...attempt, possibleDuplicate: attempt.possibleDuplicate === 1 }));
  }
}
