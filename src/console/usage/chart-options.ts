import type uPlot from 'uplot';

import { COLOURS } from './over-time.ts';
import type { Range } from './ranges.ts';

/** Height of a chart in pixels. */
export const CHART_HEIGHT = 190;

/** Buckets whose points are all drawn. */
const POINTS_MAX = 40;
/** Grid lines above the axis at most. */
const LINES_MAX = 4;
const HOUR_S = 60 * 60;
const DAY_S = 24 * HOUR_S;
const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** What a chart reads while it draws, since it is made only once. */
export interface ChartPorts {
  readonly range: () => Range;
  /** A colour of the design system, such as `--line`, in the theme of now. */
  readonly colour: (token: string) => string;
  /** A value at the vertical axis. */
  readonly format: (value: number) => string;
  /** The place of the bucket at the pointer; null: none. */
  readonly onPointer: (place: number | null) => void;
}

/** Options of a chart: bars on top of each other for counts, lines for durations. */
export function chartOptions(
  bars: uPlot.Series.PathBuilder | null,
  width: number,
  { range, colour, format, onPointer }: ChartPorts,
): uPlot.Options {
  const axis: uPlot.Axis = {
    font: FONT,
    stroke: () => colour('--text-muted'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: CHART_HEIGHT,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      // The pointer is at the same time in all charts.
      sync: { key: 'usage' },
      points: { show: bars === null },
    },
    scales: {
      x: { range: (plot) => spanOf(plot, range()) },
      y: { range: (_, __, most) => heightOf(most, bars) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 56,
        values: (_, splits, __, ___, step) => timesAt(splits, step, range()),
      },
      {
        ...axis,
        size: 58,
        splits: (_, __, ___, top) => linesOf(top, bars),
        values: (_, splits) => splits.map(format),
      },
    ],
    series: [{}, ...seriesOf(bars, colour)],
    hooks: {
      setCursor: [
        ({ cursor }) => {
          onPointer(cursor.idx ?? null);
        },
      ],
    },
  };
}

/** One for each slot. Bars on top of each other are sums drawn from the largest to the smallest: the last slot first. */
function seriesOf(bars: uPlot.Series.PathBuilder | null, colour: ChartPorts['colour']): uPlot.Series[] {
  const slots = Array.from({ length: COLOURS + 1 }, (_, slot) => slot);
  if (bars !== null) {
    return slots.toReversed().map((slot) => ({
      fill: () => colour(`--series-${slot}`),
      width: 0,
      paths: bars,
      points: { show: false },
    }));
  }
  return slots.map((slot) => ({
    stroke: () => colour(`--series-${slot}`),
    width: 2,
    points: { show: true, size: 5, width: 1, fill: () => colour(`--series-${slot}`), filter: pointsOf },
  }));
}

/** All points of a few buckets; of many only those without a line, since neither neighbour has a value. */
function pointsOf({ data }: uPlot, series: number): number[] {
  const column = data[series] ?? [];
  const isSparse = column.length <= POINTS_MAX;
  const places = [...column.keys()];
  const isKnown = (place: number): boolean => (column[place] ?? null) !== null;
  return places.filter(
    (place) => isKnown(place) && (isSparse || (!isKnown(place - 1) && !isKnown(place + 1))),
  );
}

/** From the start of the first bucket to the end of the last; the values are at their middles. */
function spanOf({ data }: uPlot, { bucketMs }: Range): uPlot.Range.MinMax {
  const [times] = data;
  const half = bucketMs / 2000;
  return [(times[0] ?? 0) - half, (times.at(-1) ?? 1) + half];
}

/** From 0 to the first grid line at or above the largest value, or to something if there is none. */
function heightOf(most: number | null, bars: unknown): uPlot.Range.MinMax {
  const high = Math.max(bars === null ? 10 : 4, most ?? 0);
  const step = stepOf(high, bars);
  return [0, Math.ceil(high / step) * step];
}

/** Values of the grid lines up to the top, which `heightOf` has chosen. */
function linesOf(top: number, bars: unknown): number[] {
  const step = stepOf(top, bars);
  return Array.from({ length: Math.round(top / step) + 1 }, (_, line) => line * step);
}

/** What is between two grid lines; half a request is no division of an axis. */
function stepOf(high: number, bars: unknown): number {
  const power = 10 ** Math.floor(Math.log10(high / LINES_MAX));
  const digits = bars === null ? [1, 2, 2.5, 5] : [1, 2, 5];
  const digit = digits.find((size) => size * power * LINES_MAX >= high) ?? 10;
  return digit * power;
}

/** Times at the horizontal axis: a day at each midnight, otherwise the time of day. */
function timesAt(splits: readonly number[], step: number, { bucket }: Range): string[] {
  const zone = bucket === 'day' ? { timeZone: 'UTC' } : {};
  return splits.map((seconds) => {
    const at = new Date(seconds * 1000);
    const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
    return step >= DAY_S || bucket === 'day' || isMidnight
      ? at.toLocaleDateString(undefined, { day: 'numeric', month: 'short', ...zone })
      : at.toLocaleTimeString(undefined, {
          hour: 'numeric',
          ...(step < HOUR_S ? { minute: '2-digit' } : {}),
        });
  });
}
