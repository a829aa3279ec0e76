import { sqliteCode, type Database } from '../files/database.ts';
import { ATTEMPT_WIDTH, REQUEST_CELL, REQUEST_WIDTH, type Cell, type PackedRows } from './row-packing.ts';
import type { NodeDuration } from '../../protocol/assignment.ts';
import { Attempts } from '../tables/attempts.ts';
import { NodeDurations } from '../tables/node-durations.ts';
import { Plans } from '../tables/plans.ts';
import { Requests } from '../tables/requests.ts';

/** Result of writing a batch: the rows that the database rejected; all others are written. */
export interface BatchOutcome {
  readonly refused: number;
  /** Why the first of them was rejected; null when none was. */
  readonly reason: string | null;
}

/** Which rows to remove: those that started earlier, and those up to an id. */
export interface TrimBound {
  /** ISO 8601. */
  readonly startedBefore: string;
  /** null: only the time applies. */
  readonly upTo: string | null;
}

/** Rows removed in one transaction: about 10 ms, so that a switch never waits long for it. */
const TRIM_ROWS = 500;

/** Writes the ledger, in batches. */
export class Ledger {
  readonly #plans: Plans;
  readonly #requests: Requests;
  readonly #attempts: Attempts;
  readonly #durations: NodeDurations;
  readonly #transaction: <T>(write: () => T) => T;

  constructor(database: Database) {
    this.#plans = new Plans(database);
    this.#requests = new Requests(database);
    this.#attempts = new Attempts(database);
    this.#durations = new NodeDurations(database);
    this.#transaction = (write) => database.transaction(write).immediate();
  }

  /** Marks requests that an earlier process left running. */
  interruptRunning(): void {
    this.#requests.interruptRunning();
  }

  /**
   * Writes a batch in one transaction. A row that the database rejects is counted and skipped, because it would be
   * rejected at every retry and block all others. Throws when the file cannot be written.
   */
  write(rows: PackedRows): BatchOutcome {
    try {
      return this.#transaction(() => {
        const requests = this.#withPlanIds(rows);
        const outcome = this.#writeTogether(requests, rows) ?? this.#writeOneByOne(requests, rows);
        for (const duration of lastDurations(rows)) this.#durations.put(duration);
        return outcome;
      });
    } catch (error) {
      this.#plans.forget();
      throw error;
    }
  }

  /** Removes the oldest rows beyond the bounds, up to TRIM_ROWS; true when there may be more. */
  trim({ startedBefore, upTo }: TrimBound): boolean {
    return this.#transaction(() => {
      const oldest = this.#requests.oldest(TRIM_ROWS);
      const firstKept = oldest.findIndex(
        ({ id, startedAt }) => startedAt >= startedBefore && (upTo === null || id > upTo),
      );
      const removed = firstKept === -1 ? oldest : oldest.slice(0, firstKept);
      const last = removed.at(-1);
      if (last === undefined) return false;
      this.#attempts.removeUpTo(last.id);
      this.#requests.removeUpTo(last.id);
      this.#plans.removeUnused(new Set(removed.map(({ planId }) => planId)));
      return removed.length === TRIM_ROWS;
    });
  }

  #withPlanIds(rows: PackedRows): Cell[] {
    const ids = rows.plans.map((text) => this.#plans.idOf(text));
    const requests = [...rows.requests];
    for (let at = REQUEST_CELL.plan; at < requests.length; at += REQUEST_WIDTH) {
      requests[at] = ids[Number(requests[at])] ?? null;
    }
    return requests;
  }

  /** null when one of the rows is rejected. */
  #writeTogether(requests: readonly Cell[], rows: PackedRows): BatchOutcome | null {
    try {
      this.#requests.insert(requests);
      this.#attempts.insert(rows.attempts);
      return { refused: 0, reason: null };
    } catch (error) {
      if (isRefusal(error)) return null;
      throw error;
    }
  }

  /** Writes row by row to skip the rejected ones; rows that were written already are replaced. */
  #writeOneByOne(requests: readonly Cell[], rows: PackedRows): BatchOutcome {
    let refused = 0;
    let reason: string | null = null;
    let attempt = 0;
    for (const [index, count] of rows.attemptCounts.entries()) {
      const end = attempt + count * ATTEMPT_WIDTH;
      try {
        this.#requests.insert(requests.slice(index * REQUEST_WIDTH, (index + 1) * REQUEST_WIDTH));
        this.#attempts.insert(rows.attempts.slice(attempt, end));
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused += 1;
        reason ??= (error as Error).message;
      }
      attempt = end;
    }
    return { refused, reason };
  }
}

/** Whether the row is at fault (a wrong type, a missing value) and not the file. */
function isRefusal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

/** The newest duration of each node and target among the batch's successful requests (2xx), oldest first. */
function lastDurations({ count, requests }: PackedRows): Iterable<NodeDuration> {
  const last = new Map<string, NodeDuration>();
  for (let index = 0; index < count; index += 1) {
    const start = index * REQUEST_WIDTH;
    if (requests[start + REQUEST_CELL.state] !== 'settled') continue;
    const status = Number(requests[start + REQUEST_CELL.status]);
    if (status < 200 || status > 299) continue;
    const node = requests[start + REQUEST_CELL.node];
    const target = requests[start + REQUEST_CELL.target];
    const lastMs = requests[start + REQUEST_CELL.durationMs];
    if (typeof node !== 'string' || typeof target !== 'string' || typeof lastMs !== 'number') continue;
    const key = `${node}\n${target}`;
    last.delete(key); // moves the key to the end
    last.set(key, {
      node,
      target,
      lastMs: Math.round(lastMs),
      at: String(requests[start + REQUEST_CELL.startedAt]),
    });
  }
  return last.values();
}
