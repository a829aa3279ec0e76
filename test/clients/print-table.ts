import { FEATURES, type Feature, type UpstreamWire } from './features.ts';

/** What became of one client's feature on one upstream. */
export interface Cell {
  readonly client: string;
  readonly upstream: UpstreamWire;
  readonly feature: Feature;
  readonly ok: boolean;
}

/** The cells as a table: a row for each client and the wire of its upstream, a column for each feature. */
export function tableOf(cells: readonly Cell[]): string {
  const nameOf = ({ client, upstream }: Cell): string => `${client} → ${upstream}`;
  const rows = [...new Set(cells.map(nameOf))].map((name) => [
    name,
    ...FEATURES.map((feature) => {
      const cell = cells.find((one) => one.feature === feature && nameOf(one) === name);
      return cell === undefined ? 'not run' : cell.ok ? 'ok' : 'FAILED';
    }),
  ]);
  const all = [['client → wire of the upstream', ...FEATURES], ...rows];
  const widths = ['', ...FEATURES].map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((text, at) => text.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
