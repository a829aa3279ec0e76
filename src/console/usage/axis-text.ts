import type { Measure } from './over-time.ts';

const COMPACT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

/** A value at an axis, in few characters: `1.2K`, `400 ms`, `2.5 s`. */
export function axisText(measure: Measure, value: number): string {
  if (measure !== 'p50_ms' && measure !== 'p95_ms') return COMPACT.format(value);
  return value < 1000 ? `${Number(value.toFixed(1))} ms` : `${Number((value / 1000).toFixed(2))} s`;
}
