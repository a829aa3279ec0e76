import { GROUPINGS, RANGES, type Grouping, type RangeId } from './ranges.ts';

/** What the charts of tokens and latency can show, with the name of each. */
export const TOKENS = { output_tokens: 'Out', input_tokens: 'In' } as const;
export const LATENCIES = { p95_ms: 'p95', p50_ms: 'p50' } as const;

/** What is shown of the usage. */
export interface Selection {
  readonly grouping: Grouping;
  readonly range: RangeId;
  readonly tokens: keyof typeof TOKENS;
  readonly latency: keyof typeof LATENCIES;
}

/** What is shown unless something else is chosen. */
export const DEFAULT_SELECTION: Selection = {
  grouping: 'node',
  range: 'day',
  tokens: 'output_tokens',
  latency: 'p95_ms',
};

/** The values of each part of a selection. */
const CHOICES = { grouping: GROUPINGS, range: RANGES, tokens: TOKENS, latency: LATENCIES };

/** The part of an address that shows a selection; defaults are left out. */
export function queryOf(selection: Selection): URLSearchParams {
  const query = new URLSearchParams();
  for (const part of PARTS) if (selection[part] !== DEFAULT_SELECTION[part]) query.set(part, selection[part]);
  return query;
}

/** The selection that an address shows; the default for what it lacks, or names wrongly. */
export function selectionOf(query: URLSearchParams): Selection {
  const chosen = PARTS.map((part) => [part, query.get(part) ?? ''] as const).filter(([part, value]) =>
    Object.hasOwn(CHOICES[part], value),
  );
  return { ...DEFAULT_SELECTION, ...(Object.fromEntries(chosen) as Partial<Selection>) };
}

const PARTS = Object.keys(DEFAULT_SELECTION) as (keyof Selection)[];
