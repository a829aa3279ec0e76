import type { Metric } from './exposition.ts';
import { OTHER } from './series.ts';

/** Counts requests that were refused before they had a trace. Labels come from the code, never from callers. */
export class RefusedCounts {
  readonly #counts = new Map<string, { readonly path: string; readonly code: string; value: number }>();

  /** Counts one. `path`: of a route or a known call of another API; null: any other. */
  add(path: string | null, code: string): void {
    const key = `${path ?? OTHER} ${code}`;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { path: path ?? OTHER, code, value: 1 });
    else count.value += 1;
  }

  /** The current values, for a scrape. */
  metric(): Metric {
    return {
      name: 'laneway_refused_requests_total',
      help: 'Requests refused before they had a trace, by path (a known one, else "other") and error code.',
      type: 'counter',
      values: [...this.#counts.values()].map(({ path, code, value }) => ({ labels: { path, code }, value })),
    };
  }
}
