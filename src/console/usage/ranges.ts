/** What totals can be grouped by, with the name of each. */
export const GROUPINGS = { node: 'Node', lane: 'Lane', model: 'Model', user: 'User' } as const;

/** A key of `GROUPINGS`, as the API takes it. */
export type Grouping = keyof typeof GROUPINGS;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** A span of time that ends now, and how it is divided. */
export interface Range {
  /** On its button. */
  readonly name: string;
  /** Within a sentence. */
  readonly words: string;
  readonly bucket: '5m' | 'hour' | 'day';
  readonly bucketMs: number;
  /** One bucket, within a sentence. */
  readonly bucketWords: string;
  /** How many buckets, the unfinished one included. */
  readonly count: number;
}

const FIVE_MINUTES = { bucket: '5m', bucketMs: 5 * MINUTE_MS, bucketWords: '5 minutes' } as const;
const HOUR = { bucket: 'hour', bucketMs: HOUR_MS, bucketWords: 'an hour' } as const;
const DAY = { bucket: 'day', bucketMs: 24 * HOUR_MS, bucketWords: 'a day' } as const;

/** The spans to choose from. */
export const RANGES = {
  fine: { name: '24 h by 5 min', words: 'the last 24 hours', count: 288, ...FIVE_MINUTES },
  day: { name: '24 h', words: 'the last 24 hours', count: 24, ...HOUR },
  week: { name: '7 days', words: 'the last 7 days', count: 7 * 24, ...HOUR },
  month: { name: '30 days', words: 'the last 30 days', count: 30, ...DAY },
} as const satisfies Readonly<Record<string, Range>>;

/** A key of `RANGES`. */
export type RangeId = keyof typeof RANGES;

/** Start of the first bucket of a range that ends now, in milliseconds since 1970: buckets begin at multiples in UTC. */
export function startOf({ bucketMs, count }: Range, now: number): number {
  return (Math.floor(now / bucketMs) - count + 1) * bucketMs;
}

/** When a bucket began: a day in UTC, as the gateway counts it; anything shorter in the time of the browser. */
export function bucketTime(ms: number, { bucket, count }: Range): string {
  const at = new Date(ms);
  const day = { day: 'numeric', month: 'short' } as const;
  if (bucket === 'day') return at.toLocaleDateString(undefined, { ...day, timeZone: 'UTC' });
  const time = at.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
  const isOneDay = count <= RANGES.day.count || bucket === '5m';
  return isOneDay ? time : `${at.toLocaleDateString(undefined, day)}, ${time}`;
}
