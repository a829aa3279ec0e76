import type { Database } from '../database.ts';
import type { Cell } from '../row-packing.ts';
import type { LedgerAttempt } from '../store.ts';

/** In the order of `packRows`. */
const INSERT = `INSERT INTO attempts (
    request_id, n, target, class, status, start_ms, first_byte_ms, first_token_ms, duration_ms, possible_duplicate,
    retry_after_ms, message)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const DELETE_OF_REQUEST = `DELETE FROM attempts WHERE request_id = ?`;

const SELECT_OF_REQUEST = `SELECT n, target, class, status, start_ms AS startMs, first_byte_ms AS firstByteMs,
    first_token_ms AS firstTokenMs, duration_ms AS durationMs, possible_duplicate AS possibleDuplicate,
    retry_after_ms AS retryAfterMs, message
  FROM attempts WHERE request_id = ? ORDER BY n`;

type StoredAttempt = Omit<LedgerAttempt, 'possibleDuplicate'> & { readonly possibleDuplicate: number };

/** Every upstream call, keyed by its request and its number. */
export class Attempts {
  readonly #insert;
  readonly #deleteOfRequest;
  readonly #selectOfRequest;

  constructor(database: Database) {
    this.#insert = database.prepare<[readonly Cell[]]>(INSERT);
    this.#deleteOfRequest = database.prepare<[string]>(DELETE_OF_REQUEST);
    this.#selectOfRequest = database.prepare<[string], StoredAttempt>(SELECT_OF_REQUEST);
  }

  insert(cells: readonly Cell[]): void {
    this.#insert.run(cells);
  }

  removeOf(requestId: string): void {
    this.#deleteOfRequest.run(requestId);
  }

  /** In the order in which they were made. */
  of(requestId: string): LedgerAttempt[] {
    return this.#selectOfRequest
      .all(requestId)
      .map((attempt) => ({ ...attempt, possibleDuplicate: attempt.possibleDuplicate === 1 }));
  }
}
