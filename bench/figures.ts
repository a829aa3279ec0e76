import type { Samples } from './measures.ts';
import { BOTH_WAYS, WIRE_PAIRS, WIRE_TITLES } from './other-wires.ts';
import { type Limit, quantile, type Row, type Values } from './report.ts';
import type { SubjectName } from './subjects.ts';

/** A proxy's figure in one run; undefined where it was not measured. */
type Statistic = (samples: Samples, name: SubjectName) => number | undefined;

interface Figure extends Omit<Row, 'runs'> {
  readonly of: Statistic;
  /** The bare proxy's figure where it is another one: it passes the same bytes for both. */
  readonly bare?: Statistic;
}

const median =
  (key: string): Statistic =>
  (samples, name) =>
    over(samples[key]?.[name], (values) => quantile(values, 0.5));

const highest =
  (key: string): Statistic =>
  (samples, name) =>
    over(samples[key]?.[name], (values) => Math.max(...values));

/** More than the same quantile of the direct way to the upstream. */
const added =
  (key: string, q: number): Statistic =>
  (samples, name) =>
    over(samples[key]?.[name], (values) =>
      Math.max(0, quantile(values, q) - quantile(samples[key]?.['direct'] ?? [], q)),
    );

const quotient =
  (of: Statistic, base: Statistic): Statistic =>
  (samples, name) => {
    const [own, other] = [of(samples, name), base(samples, name)];
    return own === undefined || other === undefined || other === 0 ? undefined : own / other;
  };

function over(
  values: readonly number[] | undefined,
  statistic: (values: readonly number[]) => number,
): number | undefined {
  return values === undefined || values.length === 0 ? undefined : statistic(values);
}

const ratio = (gate: number, goal: number | null = null): Limit => ({ of: 'ratio', gate, goal });
const above = (gate: number): Limit => ({ of: 'above', gate, goal: null });
const value = (gate: number, goal: number | null = null): Limit => ({ of: 'value', gate, goal });

/** CPU time per request or event in µs; `bare`: the key of the bare proxy's figure where it is another one. */
const cpu = (key: string, title: string, limits: readonly Limit[], bare?: string): Figure => ({
  title: `CPU ${title}`,
  unit: 'µs',
  of: median(key),
  limits,
  ...(bare === undefined ? {} : { bare: median(bare) }),
});

const isBothWays = (pair: readonly [string, string]): boolean => BOTH_WAYS.includes(pair.join('-'));

/** Translations between wires, without limits: an event and a request of 2 KB. */
const translated = (pairs: typeof WIRE_PAIRS): Figure[] =>
  pairs.flatMap(([client, upstream]) => {
    const way = `${WIRE_TITLES[client]} client, ${WIRE_TITLES[upstream]} upstream`;
    return [
      cpu(`event-${client}-${upstream}`, `an event, ${way}`, []),
      cpu(`cpu-${client}-${upstream}`, `a request, ${way}`, []),
    ];
  });

/** The budget of the hot path, in the order of the table. */
const BUDGET: readonly Figure[] = [
  cpu('cpu-2k', 'a request, 2 KB, saturated', [ratio(1.7, 1.4)]),
  cpu('cpu-50k', 'a request, 50 KB, saturated', [ratio(1.8, 1.5)]),
  cpu('event-trusted', 'an event, trusted stream', [ratio(1.25, 1.1)]),
  cpu('event-guarded', 'an event, guarded stream', [ratio(1.25, 1.1)], 'event-trusted'),
  cpu('event-varying', 'an event, guarded, a field varies', [ratio(1.5)]),
  cpu('flood-guarded', 'an event, guarded, saturated', [ratio(1.25)]),
  cpu('flood-varying', 'an event, guarded, a field varies, saturated', [ratio(1.5)]),
  cpu('event-mended', 'an event, mended stream', [ratio(2, 1.5)]),
  ...translated(WIRE_PAIRS.filter(isBothWays)),
  {
    title: 'added latency, 100/s, warm, p50',
    unit: 'ms',
    of: added('warm', 0.5),
    limits: [ratio(1.5), value(0.35, 0.3)],
  },
  { title: 'added latency, 100/s, warm, p99', unit: 'ms', of: added('warm', 0.99), limits: [value(3, 2)] },
  {
    title: 'added latency, 50/s, fresh process, p50',
    unit: 'ms',
    of: added('fresh', 0.5),
    limits: [value(0.6, 0.45)],
  },
  {
    title: 'added latency, 50/s, p50, fresh ÷ warm',
    unit: '×',
    of: quotient(added('fresh', 0.5), added('warm-50', 0.5)),
    limits: [value(1.5)],
  },
  { title: 'pause of a stream during a 50 MB body', unit: 'ms', of: median('ingest'), limits: [value(50)] },
  { title: 'memory, idle', unit: 'MB', of: highest('rss-idle'), limits: [above(15), value(100, 85)] },
  {
    title: 'memory, 500 streams',
    unit: 'MB',
    of: highest('rss-500'),
    limits: [ratio(1.15), value(135, 115)],
  },
  {
    title: 'memory, peak of 64 × 50 KB',
    unit: 'MB',
    of: highest('rss-peak'),
    limits: [ratio(1), value(250, 180)],
  },
  { title: 'start to first 200', unit: 'ms', of: median('start'), limits: [ratio(1.5), value(500, 200)] },
  { title: 'CPU when idle', unit: 'ms/s', of: median('idle'), limits: [value(0.1)] },
  ...translated(WIRE_PAIRS.filter((pair) => !isBothWays(pair))),
];

/** Turns the samples of runs into the rows that Laneway or another proxy could be measured for. */
export function rowsOf(runs: readonly Samples[]): Row[] {
  return BUDGET.flatMap(({ of, bare, ...rest }) => {
    const values = runs.map((samples) => valuesOf(samples, of, bare));
    return values.every((each) => Object.keys(each).length === 0) ? [] : [{ ...rest, runs: values }];
  });
}

/** Titles of the figures of a whole run that these runs did not measure, in the order of the table. */
export function missingTitles(runs: readonly Samples[]): string[] {
  const measured = new Set(rowsOf(runs).map(({ title }) => title));
  return BUDGET.map(({ title }) => title).filter((title) => !measured.has(title));
}

function valuesOf(samples: Samples, of: Statistic, bare: Statistic | undefined): Values {
  const values: Values = {};
  const names = new Set(Object.values(samples).flatMap((figures) => Object.keys(figures)));
  names.delete('direct');
  for (const name of names) {
    const figure = of(samples, name);
    if (figure !== undefined) values[name] = figure;
  }
  // not alone: without Laneway's figure it is a copy of another row
  const base = bare?.(samples, 'bare');
  if (base !== undefined && Object.keys(values).length > 0) values['bare'] = base;
  return values;
}
