import { countText, duration } from '../format.ts';
import { COLOURS, groupName, OTHERS, sum, type Measure, type UsageView } from './over-time.ts';
import { bucketTime } from './ranges.ts';

type Columns = readonly (readonly (number | null)[])[];

/** A value of a measure as text. */
export function measureText(measure: Measure, value: number | null): string {
  return measure === 'p50_ms' || measure === 'p95_ms' ? duration(value) : countText(value);
}

/** What a chart shows, in words: the total and the highest point of counts, or the durations of the whole span. */
export function summaryOf(view: UsageView, measure: Measure, columns: Columns): string {
  const { usage, grouping, range, starts } = view;
  if (measure === 'p50_ms' || measure === 'p95_ms') {
    const known = usage.rows.filter((row) => row[measure] !== null).slice(0, COLOURS);
    if (known.length === 0) return 'No request has succeeded.';
    return known.map((row) => `${groupName(row.group, grouping)} ${duration(row[measure])}`).join(' · ');
  }
  const total = sum(usage.rows.map((row) => row[measure]));
  if (total === null) return 'Not reported by any request.';
  if (total === 0) return 'None.';
  const sums = starts.map((_, place) => sum(columns.map((column) => column[place])) ?? 0);
  const most = Math.max(...sums);
  const at = bucketTime(starts[sums.indexOf(most)] ?? 0, range);
  return `${countText(total)} in total, at most ${countText(most)} in ${range.bucketWords} (${at})`;
}

/** The values of one bucket: those of the groups that had any. */
export function readoutOf(view: UsageView, measure: Measure, columns: Columns, place: number): string {
  const { starts, slots, grouping, range } = view;
  const names = new Map([...slots].map(([group, slot]) => [slot, groupName(group, grouping)]));
  const parts = columns.flatMap((column, slot) => {
    const value = column[place] ?? null;
    const isShown = value !== null && value > 0;
    return isShown
      ? [`${names.get(slot) ?? (slot === OTHERS ? 'others' : '')} ${measureText(measure, value)}`]
      : [];
  });
  return `${bucketTime(starts[place] ?? 0, range)}: ${parts.length === 0 ? 'none' : parts.join(' · ')}`;
}
