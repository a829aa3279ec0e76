import type { Samples } from './measures.ts';
import type { SubjectName } from './subjects.ts';

/** A limit of Laneway's figure, in the unit of its row. */
export interface Limit {
  /** `ratio`: to the bare proxy's figure; `above`: more than the bare proxy's figure; `value`: the figure itself. */
  readonly of: 'ratio' | 'above' | 'value';
  readonly gate: number;
  /** Null where there is only a gate. */
  readonly goal: number | null;
}

/** A figure by proxy. */
export type Values = Record<SubjectName, number>;

/** One line of the table: a figure of every run, and its limits for Laneway. */
export interface Row {
  readonly title: string;
  readonly unit: string;
  /** None: measured and shown, held to nothing. */
  readonly limits: readonly Limit[];
  readonly runs: readonly Values[];
}

/** A figure over all runs. */
export interface Summary {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  readonly runs: number;
}

/** A proxy's figure over the runs that measured it; null where none did. */
export function summaryOf({ runs }: Row, name: SubjectName): Summary | null {
  return summarise(runs.map((values) => values[name]));
}

/** Two proxies' figures, divided run by run: a run in a slow minute is slow for both. */
export function quotientOf({ runs }: Row, name: SubjectName, base: SubjectName): Summary | null {
  return summarise(runs.map((values) => measured({ of: 'ratio' }, values[name], values[base])));
}

/** What Laneway reaches in a row: `goal`, `gate`, `over` a gate, or null where not measured or without limits. */
export function verdict(row: Row): 'goal' | 'gate' | 'over' | null {
  const known = row.limits.flatMap((limit) => {
    const own = ownOf(row, limit);
    return own === null ? [] : [{ limit, own }];
  });
  if (known.length === 0) return null;
  if (known.some(({ limit, own }) => own > limit.gate)) return 'over';
  const goals = known.filter(({ limit }) => limit.goal !== null);
  return goals.length > 0 && goals.every(({ limit, own }) => own <= (limit.goal ?? limit.gate))
    ? 'goal'
    : 'gate';
}

/** The gates that Laneway misses in a row, as the table writes them. */
export function missedGates(row: Row): string[] {
  return row.limits
    .filter((limit) => (ownOf(row, limit) ?? 0) > limit.gate)
    .map((limit) => limitText(limit, limit.gate));
}

function ownOf({ runs }: Row, limit: Limit): number | null {
  return summarise(runs.map(({ laneway, bare }) => measured(limit, laneway, bare)))?.median ?? null;
}

/** What a limit applies to. */
function measured(
  { of }: Pick<Limit, 'of'>,
  own: number | undefined,
  base: number | undefined,
): number | undefined {
  if (own === undefined || of === 'value') return own;
  if (base === undefined) return undefined;
  if (of === 'above') return own - base;
  return base === 0 ? undefined : own / base;
}

/** The cells of the table: its head, then one array for each row. */
export function cellsOf(rows: readonly Row[]): string[][] {
  const names = [...new Set(rows.flatMap(({ runs }) => runs.flatMap((values) => Object.keys(values))))];
  const peers = names.filter((name) => !['bare', 'laneway', 'before'].includes(name));
  const isPaired = names.includes('before');
  const head = ['figure', 'unit', ...peers, 'bare', 'laneway', 'to bare', 'gate', 'goal', 'reached'];
  if (isPaired) head.push('before', 'change');
  return [
    head,
    ...rows.map((row) => [
      row.title,
      row.unit,
      ...peers.map((name) => medianText(summaryOf(row, name))),
      rangeText(summaryOf(row, 'bare')),
      rangeText(summaryOf(row, 'laneway')),
      rangeText(quotientOf(row, 'laneway', 'bare'), ratioText),
      limitsText(row, 'gate'),
      limitsText(row, 'goal'),
      reachedText(row),
      ...(isPaired ? [medianText(summaryOf(row, 'before')), changeText(row)] : []),
    ]),
  ];
}

/** The table for people, in columns. */
export function tableOf(rows: readonly Row[]): string {
  const lines = cellsOf(rows);
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
}

/** The same table in Markdown; a figure that misses a gate is bold. */
export function markdownOf(rows: readonly Row[]): string {
  const [head = [], ...lines] = cellsOf(rows);
  const rule = head.map((_, column) => (column < 2 ? '---' : '---:'));
  const marked = lines.map((line) => line.map((cell) => (cell.startsWith('over') ? `**${cell}**` : cell)));
  return [head, rule, ...marked].map((line) => `| ${line.join(' | ')} |`).join('\n');
}

const number = (value: number): string => value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
const ratioText = (value: number): string => value.toFixed(2);

function medianText(summary: Summary | null): string {
  return summary === null ? '-' : number(summary.median);
}

function rangeText(summary: Summary | null, text = number): string {
  if (summary === null) return '-';
  const { median, lowest, highest, runs } = summary;
  return runs === 1 ? text(median) : `${text(median)} (${text(lowest)}–${text(highest)})`;
}

function limitText({ of }: Limit, limit: number): string {
  if (of === 'value') return String(limit);
  return of === 'ratio' ? `${limit} ×` : `bare + ${limit}`;
}

function limitsText({ limits }: Row, which: 'gate' | 'goal'): string {
  const texts = limits.flatMap((limit) => (limit[which] === null ? [] : [limitText(limit, limit[which])]));
  return texts.length === 0 ? '-' : texts.join(', ');
}

function reachedText(row: Row): string {
  const reached = verdict(row);
  return reached === 'over' ? `over ${missedGates(row).join(', ')}` : (reached ?? '-');
}

/** Change of a figure from the checkout before, in per cent. */
function changeText(row: Row): string {
  const quotient = quotientOf(row, 'laneway', 'before');
  if (quotient === null) return '-';
  const percent = (quotient.median - 1) * 100;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
}

/** How far the saturated figures can be trusted: another process or guest on the core makes every request more expensive. */
export function noiseOf(runs: readonly Samples[]): string {
  const all = (suffix: string): number[] =>
    runs.flatMap((samples) =>
      ['cpu-2k', 'cpu-50k'].flatMap((key) => Object.values(samples[`${key}-${suffix}`] ?? {}).flat()),
    );
  const shares = all('core-share');
  if (shares.length === 0) return 'noise: not known, nothing was saturated';
  const least = Math.round(Math.min(...shares) * 100);
  const stolen = all('stolen').reduce((sum, each) => sum + each, 0);
  const advice = least < 90 ? ': other work ran on it, so take ratios for what they are worth' : '';
  return `noise: when saturated a proxy had ${least} % of its core or more${advice}; the host took ${stolen.toFixed(1)} s`;
}

function summarise(values: readonly (number | undefined)[]): Summary | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0
    ? null
    : {
        median: quantile(known, 0.5),
        lowest: Math.min(...known),
        highest: Math.max(...known),
        runs: known.length,
      };
}

/** Nearest rank; not a number where there are no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
