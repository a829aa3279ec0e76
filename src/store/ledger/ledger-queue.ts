import type { BatchOutcome } from './ledger.ts';
import type { Log } from '../../protocol/log.ts';
import { packRows, type PackedRows } from './row-packing.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';

/** How long a row waits for others, in milliseconds. */
const BATCH_WAIT_MS = 100;
/** This many rows are written at once. */
const BATCH_ROWS = 200;
/** Maximum rows of one transaction when rows have piled up: about 20 ms, so that a switch never waits longer. */
const BATCH_ROWS_MAX = 1_000;
/** Delay before a failed batch is retried, in milliseconds. */
const RETRY_MS = 1_000;
/** Maximum rows in memory; beyond it the oldest are dropped, BATCH_ROWS at a time. */
const WAITING_ROWS_MAX = 50_000;

/** Status of the queue. */
export interface QueueStatus {
  readonly waiting: number;
  /** Dropped since start, including rows that the database rejected. */
  readonly dropped: number;
  /** Why the last batch could not be written; null when it was. */
  readonly failing: string | null;
}

/** Writes one batch; rejects when it cannot be written now. */
export type WriteBatch = (rows: PackedRows) => Promise<BatchOutcome>;

/**
 * Queues ledger rows for the worker. A row stays here until its batch is committed, so that a failed write loses none
 * and reads find it meanwhile. One batch is in flight at a time; no timer runs while the queue is empty.
 */
export class LedgerQueue {
  readonly #write: WriteBatch;
  readonly #log: Log;
  /** Oldest first; the first `#sent` of them are in flight. */
  readonly #rows: LedgerRow[] = [];
  #sent = 0;
  #inFlight: Promise<boolean> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Why the last batch could not be written; null when it was. */
  #failing: string | null = null;
  #refusalLogged = false;
  #closed = false;
  /** Dropped since it was last logged. */
  #dropped = 0;
  #droppedBefore = 0;

  constructor(write: WriteBatch, log: Log) {
    this.#write = write;
    this.#log = log;
  }

  /** Queues a row; never waits, never throws. After `drain` the row is counted as dropped. */
  add(row: LedgerRow): void {
    if (this.#closed) {
      this.#dropped += 1;
      return;
    }
    if (this.#rows.length >= WAITING_ROWS_MAX) this.#dropOldest();
    this.#rows.push(row);
    if (this.#inFlight !== null || this.#failing !== null) return; // sent after the current batch, or by the retry
    if (this.#rows.length >= BATCH_ROWS) void this.#send();
    else this.#startTimer(BATCH_WAIT_MS);
  }

  /** The newest row with this id that is not committed yet. */
  find(id: string): LedgerRow | undefined {
    return this.#rows.findLast((row) => row.id === id);
  }

  /** The rows that are not committed yet by id, in no particular order; only ids before `before`. */
  waiting(before: string | null): Map<string, LedgerRow> {
    const rows = new Map<string, LedgerRow>();
    for (const row of this.#rows) if (before === null || row.id < before) rows.set(row.id, row);
    return rows;
  }

  /** Counts of waiting and dropped rows, and why writing fails. */
  status(): QueueStatus {
    return {
      waiting: this.#rows.length,
      dropped: this.#droppedBefore + this.#dropped,
      failing: this.#failing,
    };
  }

  /** Writes the waiting rows and accepts no more. Rows that cannot be written now are counted and logged as dropped. */
  async drain(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    let written = true;
    while (written && this.#rows.length > 0) written = await (this.#inFlight ?? this.#send());
    this.discard('the gateway is shutting down');
  }

  /** Drops the waiting rows because they can no longer be written, and accepts no more. */
  discard(why: string): void {
    this.#closed = true;
    this.#stopTimer();
    this.#dropped += this.#rows.length;
    this.#rows.length = 0;
    this.#sent = 0;
    if (this.#dropped > 0) this.#log.error({ rows: this.#dropped, why }, 'ledger rows were dropped');
    this.#resetDropped();
  }

  readonly #onTimer = (): void => {
    this.#timer = null;
    void this.#send();
  };

  /** Sends the next batch; true when it was written. Never rejects. */
  #send(): Promise<boolean> {
    this.#stopTimer();
    const batch = this.#rows.slice(0, BATCH_ROWS_MAX);
    this.#sent = batch.length;
    this.#inFlight = this.#settle(batch);
    return this.#inFlight;
  }

  async #settle(batch: readonly LedgerRow[]): Promise<boolean> {
    let outcome: BatchOutcome | null = null;
    let failure = '';
    try {
      outcome = await this.#write(packRows(batch));
    } catch (error) {
      failure = (error as Error).message;
    }
    this.#inFlight = null;
    const sent = this.#sent;
    this.#sent = 0;
    if (outcome === null) this.#onFailure(failure);
    else this.#onWritten(sent, outcome);
    return outcome !== null;
  }

  #onWritten(sent: number, outcome: BatchOutcome): void {
    this.#rows.splice(0, sent);
    if (outcome.refused > 0) this.#logRefusal(outcome);
    if (this.#failing !== null) {
      this.#failing = null;
      this.#log.warn({ waiting: this.#rows.length, dropped: this.#dropped }, 'the ledger is writable again');
      this.#resetDropped();
    }
    if (this.#closed || this.#rows.length === 0) return;
    if (this.#rows.length >= BATCH_ROWS) void this.#send();
    else this.#startTimer(BATCH_WAIT_MS);
  }

  #onFailure(why: string): void {
    if (this.#closed) return;
    if (this.#failing === null) {
      this.#log.error(
        {
          waiting: this.#rows.length,
          why,
        },
        'the ledger cannot be written; keeping rows in memory and retrying',
      );
    }
    this.#failing = why;
    this.#startTimer(RETRY_MS);
  }

  /** Logged once only: whatever produces such rows produces many. */
  #logRefusal({ refused, reason }: BatchOutcome): void {
    this.#droppedBefore += refused;
    if (!this.#refusalLogged)
      this.#log.error({ rows: refused, reason }, 'ledger rows were rejected by the database and dropped');
    this.#refusalLogged = true;
  }

  #dropOldest(): void {
    if (this.#dropped === 0)
      this.#log.error({}, 'too many unwritten ledger rows in memory; dropping the oldest');
    this.#rows.splice(this.#sent, BATCH_ROWS);
    this.#dropped += BATCH_ROWS;
  }

  #resetDropped(): void {
    this.#droppedBefore += this.#dropped;
    this.#dropped = 0;
  }

  #startTimer(milliseconds: number): void {
    this.#timer ??= setTimeout(this.#onTimer, milliseconds).unref();
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
