import type { BatchOutcome } from './ledger.ts';
import type { Log } from '../../protocol/log.ts';
import { packRows, type PackedRows } from './row-packing.ts';
import type { LedgerRow } from '../../protocol/ledger.ts';

/** A row waits this long for others, in milliseconds (DESIGN section 9). */
const BATCH_WAIT_MS = 100;
/** This many rows do not wait. */
const BATCH_ROWS = 200;
/** The most rows of one transaction when some have piled up: about 20 ms, so that a switch never waits longer. */
const BATCH_ROWS_MAX = 1_000;
/** After a batch that could not be written, the next one is tried after this many milliseconds. */
const RETRY_MS = 1_000;
/** The most rows that wait in memory (reliability.md F26); beyond it the oldest go, BATCH_ROWS at once. */
const WAITING_ROWS_MAX = 50_000;

/** How the rows on their way stand. */
export interface QueueStatus {
  readonly waiting: number;
  /** Given up since start, those that the database refused included. */
  readonly dropped: number;
  /** Why the last batch could not be written; null when it was. */
  readonly failing: string | null;
}

/** Writes one batch; rejects when it cannot be written now. */
export type WriteBatch = (rows: PackedRows) => Promise<BatchOutcome>;

/**
 * The rows on their way to the worker. A row stays here until its batch is committed, so that none is lost by a
 * failed write (reliability.md R19) and readers find it meanwhile. One batch is on its way at a time; while nothing
 * waits, no timer runs.
 */
export class LedgerQueue {
  readonly #write: WriteBatch;
  readonly #log: Log;
  /** Oldest first; the first `#sent` of them are on their way. */
  readonly #rows: LedgerRow[] = [];
  #sent = 0;
  #flight: Promise<boolean> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Why the last batch could not be written; null when it was. */
  #failing: string | null = null;
  #refusalLogged = false;
  #closed = false;
  /** Since it was last logged. */
  #dropped = 0;
  #droppedBefore = 0;

  constructor(write: WriteBatch, log: Log) {
    this.#write = write;
    this.#log = log;
  }

  /** Takes a row; never waits, never throws. After `drain` it only counts it as dropped. */
  add(row: LedgerRow): void {
    if (this.#closed) {
      this.#dropped += 1;
      return;
    }
    if (this.#rows.length >= WAITING_ROWS_MAX) this.#dropOldest();
    this.#rows.push(row);
    if (this.#flight !== null || this.#failing !== null) return; // the answer, or the retry, sends it
    if (this.#rows.length >= BATCH_ROWS) void this.#send();
    else this.#startTimer(BATCH_WAIT_MS);
  }

  /** The newest row with this id that is not committed yet. */
  find(id: string): LedgerRow | undefined {
    return this.#rows.findLast((row) => row.id === id);
  }

  /** The rows that are not committed yet, one for each id, in no order; only those older than `before`. */
  waiting(before: string | null): Map<string, LedgerRow> {
    const rows = new Map<string, LedgerRow>();
    for (const row of this.#rows) if (before === null || row.id < before) rows.set(row.id, row);
    return rows;
  }

  /** How many rows wait and were given up, and whether the database takes them. */
  status(): QueueStatus {
    return {
      waiting: this.#rows.length,
      dropped: this.#droppedBefore + this.#dropped,
      failing: this.#failing,
    };
  }

  /** Writes what waits and takes no more rows. What cannot be written now is counted and logged as dropped. */
  async drain(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    let written = true;
    while (written && this.#rows.length > 0) written = await (this.#flight ?? this.#send());
    this.discard('the gateway ends');
  }

  /** Gives up the rows that wait, because nothing will write them any more, and takes no more. */
  discard(why: string): void {
    this.#closed = true;
    this.#stopTimer();
    this.#dropped += this.#rows.length;
    this.#rows.length = 0;
    this.#sent = 0;
    if (this.#dropped > 0) this.#log.error({ rows: this.#dropped, why }, 'ledger rows were dropped');
    this.#forgetDropped();
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
    this.#flight = this.#settle(batch);
    return this.#flight;
  }

  async #settle(batch: readonly LedgerRow[]): Promise<boolean> {
    let outcome: BatchOutcome | null = null;
    let failure = '';
    try {
      outcome = await this.#write(packRows(batch));
    } catch (error) {
      failure = (error as Error).message;
    }
    this.#flight = null;
    const sent = this.#sent;
    this.#sent = 0;
    if (outcome === null) this.#onFailure(failure);
    else this.#onWritten(sent, outcome);
    return outcome !== null;
  }

  #onWritten(sent: number, outcome: BatchOutcome): void {
    this.#rows.splice(0, sent);
    if (outcome.refused > 0) this.#noteRefusal(outcome);
    if (this.#failing !== null) {
      this.#failing = null;
      this.#log.warn({ waiting: this.#rows.length, dropped: this.#dropped }, 'the ledger is written again');
      this.#forgetDropped();
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
        'the ledger cannot be written; rows wait in memory',
      );
    }
    this.#failing = why;
    this.#startTimer(RETRY_MS);
  }

  /** Once only: a caller that makes such rows makes many. */
  #noteRefusal({ refused, reason }: BatchOutcome): void {
    this.#droppedBefore += refused;
    if (!this.#refusalLogged)
      this.#log.error({ rows: refused, reason }, 'ledger rows were refused by the database');
    this.#refusalLogged = true;
  }

  #dropOldest(): void {
    if (this.#dropped === 0) this.#log.error({}, 'too many ledger rows wait; the oldest are dropped');
    this.#rows.splice(this.#sent, BATCH_ROWS);
    this.#dropped += BATCH_ROWS;
  }

  #forgetDropped(): void {
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
