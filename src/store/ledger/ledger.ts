import { sqliteCode, type Database } from '../files/database.ts';
import type { PackedRows } from './row-packing.ts';
import type { RequestKind } from './request-kind.ts';
import { REQUEST_CELL, REQUEST_WIDTH, type Cell } from './row-encoding.ts';
import type { NodeDuration } from '../../protocol/assignment.ts';
import { NodeDurations } from '../tables/node-durations.ts';
import { RequestKinds } from '../tables/request-kinds.ts';
import { Requests } from '../tables/requests.ts';

/** Result of writing a batch: the rows that the database rejected; all others are written. */
export interface BatchOutcome {
  readonly refused: number;
  /** Why the first of them was rejected; null when none was. */
  readonly reason: string | null;
}

/** Which rows to remove: those that started earlier, and those up to a number. */
export interface TrimBound {
  /** Milliseconds since 1970. */
  readonly startedBefore: number;
  /** null: only the time applies. */
  readonly upTo: number | null;
}

/** Rows removed in one transaction: about 10 ms, so that a switch never waits long for it. */
const TRIM_ROWS = 500;

/** Writes the ledger, in batches. */
export class Ledger {
  readonly #kinds: RequestKinds;
  readonly #requests: Requests;
  readonly #durations: NodeDurations;
  readonly #transaction: <T>(write: () => T) => T;

  constructor(database: Database) {
    this.#kinds = new RequestKinds(database);
    this.#requests = new Requests(database);
    this.#durations = new NodeDurations(database);
    this.#transaction = (write) => database.transaction(write).immediate();
  }

  /** Marks requests that an earlier process left running. */
  interruptRunning(): void {
    this.#kinds.interruptRunning();
  }

  /**
   * Writes a batch in one transaction. A row that the database rejects is counted and skipped, because it would be
   * rejected at every retry and block all others. Throws when the file cannot be written.
   */
  write(rows: PackedRows): BatchOutcome {
    try {
      return this.#transaction(() => {
        const cells = withKindIds(rows.cells, this.#kindIds(rows));
        const outcome = this.#writeTogether(cells) ?? this.#writeOneByOne(cells);
        for (const duration of lastDurations(rows)) this.#durations.put(duration);
        return outcome;
      });
    } catch (error) {
      this.#kinds.forget();
      this.#durations.forget();
      throw error;
    }
  }

  /** Removes the oldest rows beyond the bounds, up to TRIM_ROWS; true when there may be more. */
  trim({ startedBefore, upTo }: TrimBound): boolean {
    return this.#transaction(() => {
      const oldest = this.#requests.oldest(TRIM_ROWS);
      const firstKept = oldest.findIndex(
        ({ number, startedMs }) => startedMs >= startedBefore && (upTo === null || number > upTo),
      );
      const removed = firstKept === -1 ? oldest : oldest.slice(0, firstKept);
      const last = removed.at(-1);
      if (last === undefined) return false;
      this.#requests.removeUpTo(last.number);
      this.#kinds.removeUnused(oldest[removed.length]?.number ?? last.number);
      return removed.length === TRIM_ROWS;
    });
  }

  /** The ids of the kinds; null for one that the database rejects, so that it rejects its requests too. */
  #kindIds({ kinds, cells }: PackedRows): (number | null)[] {
    const newest = kinds.map(() => 0);
    for (let at = 0; at < cells.length; at += REQUEST_WIDTH) {
      const index = Number(cells[at + REQUEST_CELL.kind]);
      newest[index] = Math.max(newest[index] ?? 0, Number(cells[at]));
    }
    return kinds.map((kind, index) => {
      try {
        return this.#kinds.idOf(kind, newest[index] ?? 0);
      } catch (error) {
        if (isRefusal(error)) return null;
        throw error;
      }
    });
  }

  /** null when one of the rows is rejected. */
  #writeTogether(cells: readonly Cell[]): BatchOutcome | null {
    try {
      this.#requests.insert(cells);
      return { refused: 0, reason: null };
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  /** Writes row by row to skip the rejected ones; rows that were written already are replaced. */
  #writeOneByOne(cells: readonly Cell[]): BatchOutcome {
    let refused = 0;
    let reason: string | null = null;
    for (let at = 0; at < cells.length; at += REQUEST_WIDTH) {
      try {
        this.#requests.insert(cells.slice(at, at + REQUEST_WIDTH));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused += 1;
        reason ??= (error as Error).message;
      }
    }
    return { refused, reason };
  }
}

/** Whether the row is at fault (a wrong type, a missing value) and not the file. */
function isRefusal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

/** The cells with the ids of their kinds. */
function withKindIds(cells: readonly Cell[], ids: readonly (number | null)[]): Cell[] {
  const written = [...cells];
  for (let at = REQUEST_CELL.kind; at < written.length; at += REQUEST_WIDTH) {
    written[at] = ids[Number(written[at])] ?? null;
  }
  return written;
}

/** The newest duration of each kind of successful request (2xx) to a node or lane, oldest first. */
function* lastDurations({ kinds, cells }: PackedRows): Iterable<NodeDuration> {
  const newest = new Map<RequestKind, number>();
  for (let at = 0; at < cells.length; at += REQUEST_WIDTH) {
    const kind = kinds[Number(cells[at + REQUEST_CELL.kind])];
    if (kind === undefined || !isSuccess(kind)) continue;
    newest.delete(kind); // moves it to the end
    newest.set(kind, at);
  }
  for (const [{ node, lane, target }, at] of newest) {
    const durationUs = cells[at + REQUEST_CELL.durationUs];
    if (target === null || typeof durationUs !== 'number') continue;
    const last = {
      target,
      lastMs: Math.round(durationUs / 1000),
      atMs: Number(cells[at + REQUEST_CELL.startedMs]),
    };
    if (node !== null) yield { node, ...last };
    if (lane !== null) yield { node: `lane:${lane}`, ...last };
  }
}

function isSuccess({ state, status }: RequestKind): boolean {
  return state === 'settled' && status !== null && status >= 200 && status <= 299;
}
