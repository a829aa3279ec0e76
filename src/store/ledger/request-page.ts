import type { LedgerRow } from '../../protocol/ledger.ts';
import type { RequestPage, RequestQuery } from '../store.ts';

/** Where a page of requests is put together from. */
export interface PageSources {
  /** Committed rows that a query asks for, newest first, `limit` at most. */
  readonly committed: (query: RequestQuery) => Promise<readonly LedgerRow[]>;
  /** The newest row of each id that is not committed yet; only ids before that one. */
  readonly waiting: (before: string | null) => ReadonlyMap<string, LedgerRow>;
}

/**
 * A page over the rows in the database and those that wait for their batch. A waiting row stands for the committed
 * one of its id, which it will replace: a request that is over is not listed as running.
 */
export async function requestPage(query: RequestQuery, sources: PageSources): Promise<RequestPage> {
  const { limit } = query;
  // Taken before the reading too: a batch may be written while it goes on, and its rows must not be missed.
  const waiting = new Map(sources.waiting(query.before));
  const read: LedgerRow[] = [];
  let rows: LedgerRow[] = [];
  for (let { before } = query; rows.length <= limit;) {
    const committed = await sources.committed({ ...query, before, limit: limit + 1 });
    for (const [id, row] of sources.waiting(query.before)) waiting.set(id, row);
    read.push(...committed);
    rows = read.filter((row) => !waiting.has(row.id));
    if (committed.length <= limit) break;
    before = committed.at(-1)?.id ?? null;
  }
  for (const row of waiting.values()) if (isAskedFor(row, query)) rows.push(row);
  rows.sort((one, other) => (one.id < other.id ? 1 : -1));
  const requests = rows.slice(0, limit);
  return { requests, next: rows.length > limit ? (requests.at(-1)?.id ?? null) : null };
}

/** The same filters as the database applies; the page is `before`'s matter. */
function isAskedFor(row: LedgerRow, { node, lane, target, state }: RequestQuery): boolean {
  return (
    (node === null || row.node === node) &&
    (lane === null || row.lane === lane) &&
    (target === null || row.target === target) &&
    (state === null || row.state === state)
  );
}
