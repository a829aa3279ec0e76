import type { Usage } from '../api/types.ts';
import type { Grouping, Range } from './ranges.ts';

/** Groups with a colour of their own; the others share the last one. */
export const COLOURS = 6;
/** The slot of all groups without a colour of their own. */
export const OTHERS = COLOURS;

/** A column of the totals. */
export type Measure = 'requests' | 'errors' | 'input_tokens' | 'output_tokens' | 'p50_ms' | 'p95_ms';

/** The slot, and so the colour, of each group; null is the group of requests without one. */
export type Slots = ReadonlyMap<string | null, number>;

/** A reply with what it takes to draw it. */
export interface UsageView {
  readonly usage: Usage;
  readonly grouping: Grouping;
  readonly range: Range;
  readonly slots: Slots;
  /** Starts of the buckets, in milliseconds since 1970. */
  readonly starts: readonly number[];
}

/** What a group is called. */
export function groupName(group: string | null, grouping: Grouping): string {
  return group ?? `no ${grouping}`;
}

/** Gives slots to the groups with the most requests. One that already has a slot keeps it, so that colours stay. */
export function slotsOf(rows: Usage['rows'], previous: Slots): Slots {
  const groups = rows.map(({ group }) => group);
  const kept = [...previous].filter(([group]) => groups.includes(group));
  const slots = new Map(kept);
  const taken = new Set(slots.values());
  const free = Array.from({ length: COLOURS }, (_, slot) => slot).filter((slot) => !taken.has(slot));
  const fresh = groups.filter((group) => !slots.has(group));
  free.forEach((slot, place) => {
    const group = fresh[place];
    if (group !== undefined) slots.set(group, slot);
  });
  return slots;
}

/** Starts of all buckets between two times, also of those without a request. */
export function startsOf({ from, to }: Usage, bucketMs: number): number[] {
  const first = Math.floor(Date.parse(from) / bucketMs);
  const end = Math.max(first + 1, Math.ceil(Date.parse(to) / bucketMs));
  return Array.from({ length: end - first }, (_, place) => (first + place) * bucketMs);
}

/**
 * A measure for each slot and bucket. Without a request counts are 0 and durations null; null is also what no request
 * has reported. Durations of several groups cannot be added: the last slot has none.
 */
export function valuesOf({ usage, slots, starts, range }: UsageView, measure: Measure): (number | null)[][] {
  const isDuration = measure === 'p50_ms' || measure === 'p95_ms';
  const first = starts[0] ?? 0;
  const cells = Array.from({ length: COLOURS + 1 }, () =>
    new Array<number | null | undefined>(starts.length).fill(undefined),
  );
  for (const bucket of usage.buckets ?? []) {
    const slot = slots.get(bucket.group) ?? OTHERS;
    const place = Math.round((Date.parse(bucket.at) - first) / range.bucketMs);
    const column = cells[slot];
    if (column === undefined || place < 0 || place >= starts.length) continue;
    if (!isDuration || slot !== OTHERS) column[place] = sum([column[place], bucket[measure]]);
  }
  return cells.map((column) =>
    column.map((value) => (value === undefined ? (isDuration ? null : 0) : value)),
  );
}

/** Sum of what is known; null: nothing is. */
export function sum(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
