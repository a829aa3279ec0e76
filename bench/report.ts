import { WIRE_PAIRS, WIRE_TITLES } from './other-wires.ts';
import type { Figures, Samples } from './measures.ts';
import type { SubjectName } from './subjects.ts';

/** One line of the table: a figure by proxy, and its limits for Laneway. */
export interface Row {
  readonly title: string;
  readonly unit: string;
  readonly values: Partial<Record<SubjectName, number>>;
  /** `ratio`: to the bare proxy; `value`: Laneway's own figure. */
  readonly limit: 'ratio' | 'value';
  /** Null, as its goal: measured and shown, held to nothing. */
  readonly gate: number | null;
  readonly goal: number | null;
}

type Statistic = (values: readonly number[], direct: readonly number[]) => number;

const median: Statistic = (values) => quantile(values, 0.5);
const added =
  (q: number): Statistic =>
  (values, direct) =>
    Math.max(0, quantile(values, q) - quantile(direct, q));
const highest: Statistic = (values) => Math.max(...values);

type Figure = Omit<Row, 'values'> & { readonly key: string; readonly of: Statistic };

/** Translations between other wires, for orientation: an event and a request of 2 KB. */
const OTHER_WIRES: readonly Figure[] = WIRE_PAIRS.flatMap(([client, upstream]) =>
  (
    [
      ['event', 'an event'],
      ['cpu', 'a request'],
    ] as const
  ).map(([kind, per]) => ({
    key: `${kind}-${client}-${upstream}`,
    title: `CPU ${per}, ${WIRE_TITLES[client]} client, ${WIRE_TITLES[upstream]} upstream`,
    unit: 'µs',
    of: median,
    limit: 'ratio' as const,
    gate: null,
    goal: null,
  })),
);

/** The budget of the hot path. */
const BUDGET: readonly Figure[] = [
  {
    key: 'cpu-2k',
    title: 'CPU a request, 2 KB, saturated',
    unit: 'µs',
    of: median,
    limit: 'ratio',
    gate: 1.7,
    goal: 1.4,
  },
  {
    key: 'cpu-50k',
    title: 'CPU a request, 50 KB, saturated',
    unit: 'µs',
    of: median,
    limit: 'ratio',
    gate: 1.8,
    goal: 1.5,
  },
  {
    key: 'event-trusted',
    title: 'CPU an event, trusted stream',
    unit: 'µs',
    of: median,
    limit: 'ratio',
    gate: 1.25,
    goal: 1.1,
  },
  {
    key: 'event-guarded',
    title: 'CPU an event, guarded stream',
    unit: 'µs',
    of: median,
    limit: 'ratio',
    gate: 2,
    goal: 1.5,
  },
  {
    key: 'event-mended',
    title: 'CPU an event, mended stream',
    unit: 'µs',
    of: median,
    limit: 'ratio',
    gate: 2,
    goal: 1.5,
  },
  {
    key: 'event-translated',
    title: 'CPU an event, translated stream',
    unit: 'µs',
    of: median,
    limit: 'ratio',
    gate: null,
    goal: null,
  },
  ...OTHER_WIRES,
  {
    key: 'warm',
    title: 'added latency, 100/s, warm, p50',
    unit: 'ms',
    of: added(0.5),
    limit: 'value',
    gate: 0.35,
    goal: 0.3,
  },
  {
    key: 'warm',
    title: 'added latency, 100/s, warm, p99',
    unit: 'ms',
    of: added(0.99),
    limit: 'value',
    gate: 3,
    goal: 2,
  },
  {
    key: 'fresh',
    title: 'added latency, 50/s, fresh process, p50',
    unit: 'ms',
    of: added(0.5),
    limit: 'value',
    gate: 0.6,
    goal: 0.45,
  },
  {
    key: 'ingest',
    title: 'pause of a stream during a 50 MB body',
    unit: 'ms',
    of: median,
    limit: 'value',
    gate: 50,
    goal: 50,
  },
  { key: 'rss-idle', title: 'memory, idle', unit: 'MB', of: highest, limit: 'value', gate: 100, goal: 85 },
  {
    key: 'rss-500',
    title: 'memory, 500 streams',
    unit: 'MB',
    of: highest,
    limit: 'value',
    gate: 135,
    goal: 115,
  },
  {
    key: 'rss-peak',
    title: 'memory, peak of 64 × 50 KB',
    unit: 'MB',
    of: highest,
    limit: 'value',
    gate: 250,
    goal: 180,
  },
  { key: 'start', title: 'start to first 200', unit: 'ms', of: median, limit: 'value', gate: 500, goal: 200 },
  { key: 'idle', title: 'CPU when idle', unit: 'ms/s', of: median, limit: 'value', gate: 0.3, goal: 0.1 },
];

/** Turns samples into the rows that could be measured. */
export function rowsOf(samples: Samples): Row[] {
  return BUDGET.flatMap(({ key, of, ...rest }) => {
    // a guarded stream is measured on Laneway alone, and compared with the bare proxy's unchanged one
    const figures: Figures =
      key === 'event-guarded' ? { ...samples['event-trusted'], ...samples[key] } : (samples[key] ?? {});
    const values: Row['values'] = {};
    for (const name of ['bare', 'laneway', 'before', 'nginx'] as const) {
      const measured = figures[name];
      if (measured !== undefined && measured.length > 0) values[name] = of(measured, figures.direct ?? []);
    }
    return Object.keys(values).length === 0 || (key === 'event-guarded' && samples[key] === undefined)
      ? []
      : [{ ...rest, values }];
  });
}

/** What Laneway reaches in a row: `goal`, `gate`, `over` the gate, or null where not measured or without limits. */
export function verdict(row: Row): 'goal' | 'gate' | 'over' | null {
  const own = row.values.laneway;
  const base = row.limit === 'ratio' ? row.values.bare : 1;
  if (own === undefined || base === undefined || row.goal === null || row.gate === null) return null;
  if (own / base <= row.goal) return 'goal';
  return own / base <= row.gate ? 'gate' : 'over';
}

/** The table for people. */
export function tableOf(rows: readonly Row[]): string {
  const number = (value: number | undefined): string =>
    value === undefined ? '-' : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
  const isPaired = rows.some(({ values }) => values.before !== undefined);
  const lines = rows.map((row) => {
    const { bare, laneway, before, nginx } = row.values;
    const ratio =
      bare === undefined || laneway === undefined || bare === 0 ? '-' : `${(laneway / bare).toFixed(2)} ×`;
    const limits = [row.gate, row.goal].map((limit) => {
      if (limit === null) return '-';
      return row.limit === 'ratio' ? `${limit} ×` : String(limit);
    });
    return [
      row.title,
      row.unit,
      number(nginx),
      number(bare),
      number(laneway),
      ratio,
      ...limits,
      verdict(row) ?? '-',
      ...(isPaired ? [number(before), change(before, laneway)] : []),
    ];
  });
  const head = ['figure', 'unit', 'nginx', 'bare', 'laneway', 'to bare', 'gate', 'goal', 'reached'];
  if (isPaired) head.push('before', 'change');
  const widths = head.map((word, column) =>
    Math.max(...[head, ...lines].map((line) => (line[column] ?? word).length)),
  );
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

/** Change of a figure from the checkout before, in per cent. */
function change(before: number | undefined, after: number | undefined): string {
  if (before === undefined || after === undefined || before === 0) return '-';
  const percent = (after / before - 1) * 100;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
}

/** How far the saturated figures can be trusted: another process or guest on the core makes every request more expensive. */
export function noiseOf(samples: Samples): string {
  const all = (suffix: string): number[] =>
    ['cpu-2k', 'cpu-50k'].flatMap((key) => Object.values(samples[`${key}-${suffix}`] ?? {}).flat());
  const shares = all('core-share');
  if (shares.length === 0) return 'noise: not known, nothing was saturated';
  const least = Math.round(Math.min(...shares) * 100);
  const stolen = all('stolen').reduce((sum, each) => sum + each, 0);
  const advice = least < 90 ? ': other work ran on it, so take ratios for what they are worth' : '';
  return `noise: when saturated a proxy had ${least} % of its core or more${advice}; the host took ${stolen.toFixed(1)} s`;
}

/** Nearest rank; not a number where there are no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
