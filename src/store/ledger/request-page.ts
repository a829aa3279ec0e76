import type { LedgerRow } from '../../protocol/ledger.ts';
import type { RequestPage, RequestQuery } from '../store.ts';

/** The sources of a page of requests. */
export interface PageSources {
  /** Committed rows that match a query, newest first, at most `limit`. */
  readonly committed: (query: RequestQuery) => Promise<readonly LedgerRow[]>;
  /** The newest row of each id that is not committed yet; only ids before `before`. */
  readonly waiting: (before: string | null) => ReadonlyMap<string, LedgerRow>;
}

/**
 * A page of committed and waiting rows. A waiting row takes precedence over the committed one with its id, which it
 * will replace: a finished request is not listed as running.
 */
export async function requestPage(query: RequestQuery, sources: PageSources): Promise<RequestPage> {
  const { limit } = query;
  // Also read before the query: a batch may be committed meanwhile, and its rows must not be missed.
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
  for (const row of waiting.values()) if (matchesQuery(row, query)) rows.push(row);
  rows.sort((one, other) => (one.id < other.id ? 1 : -1));
  const requests = rows.slice(0, limit);
  return { requests, next: rows.length > limit ? (requests.at(-1)?.id ?? null) : null };
}

/** Applies the same filters as the database, except `before`. */
function matchesQuery(row: LedgerRow, { node, lane, target, state }: RequestQuery): boolean {
  return (
    (node === null || row.node === node) &&
    (lane === null || row.lane === lane) &&
    (target === null || row.target === target) &&
    (state === null || row.state === state)
  );
}
