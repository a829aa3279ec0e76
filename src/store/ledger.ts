import { sqliteCode, type Database } from './database.ts';
import { ATTEMPT_WIDTH, REQUEST_CELL, REQUEST_WIDTH, type Cell, type PackedRows } from './row-packing.ts';
import type { LedgerRow, StoredDuration } from './store.ts';
import { Attempts } from './tables/attempts.ts';
import { NodeDurations } from './tables/node-durations.ts';
import { Plans } from './tables/plans.ts';
import { Requests, type StoredRequest } from './tables/requests.ts';

/** Rows of a batch that the tables refused; the others are written. */
export interface BatchOutcome {
  readonly refused: number;
  /** Why the first of them was refused; null when none was. */
  readonly reason: string | null;
}

/** The ledger's side in the worker: batches in, rows out. */
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

  /** Marks what an earlier process left running. */
  interruptRunning(): void {
    this.#requests.interruptRunning();
  }

  /**
   * Writes a batch in one transaction. A row that the tables refuse is counted and left out, because it would be
   * refused again for ever and keep all others from being written; when the file cannot be written, it throws.
   */
  write(rows: PackedRows): BatchOutcome {
    try {
      return this.#transaction(() => this.#writeRows(rows));
    } catch (error) {
      this.#plans.forget();
      throw error;
    }
  }

  #writeRows(rows: PackedRows): BatchOutcome {
    const planIds = rows.plans.map((text) => this.#plans.idOf(text));
    let refused = 0;
    let reason: string | null = null;
    let attempt = 0;
    for (let index = 0; index < rows.count; index += 1) {
      const start = index * (REQUEST_WIDTH + 1);
      const end = attempt + Number(rows.requests[start + REQUEST_WIDTH]) * ATTEMPT_WIDTH;
      try {
        const cells = rows.requests.slice(start, start + REQUEST_WIDTH);
        cells[REQUEST_CELL.plan] = planIds[Number(cells[REQUEST_CELL.plan])] ?? null;
        this.#writeRow(cells, rows.attempts, attempt, end);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused += 1;
        reason ??= (error as Error).message;
      }
      attempt = end;
    }
    for (const duration of lastDurations(rows)) this.#durations.put(duration);
    return { refused, reason };
  }

  list(limit: number, before: string | null): LedgerRow[] {
    return this.#requests.newest(limit, before).map((request) => this.#withAttempts(request));
  }

  get(id: string): LedgerRow | null {
    const request = this.#requests.find(id);
    return request === undefined ? null : this.#withAttempts(request);
  }

  /** Writes one request and those cells of `attempts` that are its own; an earlier row of the same id goes. */
  #writeRow(request: readonly Cell[], attempts: readonly Cell[], start: number, end: number): void {
    if (!this.#requests.insertNew(request)) {
      const id = String(request[0]);
      this.#requests.remove(id);
      this.#attempts.removeOf(id);
      this.#requests.insertNew(request);
    }
    for (let cell = start; cell < end; cell += ATTEMPT_WIDTH) {
      this.#attempts.insert(attempts.slice(cell, cell + ATTEMPT_WIDTH));
    }
  }

  #withAttempts(request: StoredRequest): LedgerRow {
    return { ...request, stream: request.stream === 1, attempts: this.#attempts.of(request.id) };
  }
}

/** Whether the fault lies in the row (a wrong type, a missing value) and not in the file. */
function isRefusal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === undefined || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

/** The newest duration of each node and target among the 2xx rows of a batch, oldest first. */
function lastDurations({ count, requests }: PackedRows): Iterable<StoredDuration> {
  const last = new Map<string, StoredDuration>();
  for (let index = 0; index < count; index += 1) {
    const start = index * (REQUEST_WIDTH + 1);
    if (requests[start + REQUEST_CELL.state] !== 'settled') continue;
    const status = Number(requests[start + REQUEST_CELL.status]);
    if (status < 200 || status > 299) continue;
    const node = requests[start + REQUEST_CELL.node];
    const target = requests[start + REQUEST_CELL.target];
    const lastMs = requests[start + REQUEST_CELL.durationMs];
    if (typeof node !== 'string' || typeof target !== 'string' || typeof lastMs !== 'number') continue;
    const key = `${node}\n${target}`;
    last.delete(key); // so that it moves to the end of the order
    last.set(key, { node, target, lastMs, at: String(requests[start + REQUEST_CELL.startedAt]) });
  }
  return last.values().map((duration) => ({ ...duration, at: endOf(duration.at, duration.lastMs) }));
}

/** When a request ended, ISO 8601; its start where that is not a time. */
function endOf(startedAt: string, durationMs: number): string {
  const end = new Date(Date.parse(startedAt) + durationMs);
  return Number.isNaN(end.getTime()) ? startedAt : end.toISOString();
}
