import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEATURES, type Feature, type UpstreamWire } from './features.ts';
import type { Row } from './rows.ts';

/** What became of one client's feature on one upstream. */
export interface Cell {
  readonly row: Row;
  readonly upstream: UpstreamWire;
  readonly feature: Feature;
  readonly ok: boolean;
}

/** The wires of the upstreams, with their headings. */
const COLUMNS: Readonly<Record<UpstreamWire, string>> = {
  'openai-chat': 'OpenAI chat',
  'anthropic-messages': 'Messages',
  'openai-responses': 'Responses',
  'ollama-chat': 'Ollama',
};
const UPSTREAMS = Object.keys(COLUMNS) as UpstreamWire[];

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'clients.md');
const BEGIN = '<!-- the table is printed by test/clients/table.test.ts -->\n';
const END = '<!-- end of the table -->';
const NOT_RUN = '–';
const NOTHING = 'nothing';

/** How the page is brought up to date. */
export const HOW = 'LANEWAY_PRINT_CLIENTS=1 npm test -- test/clients';

const keyOf = ({ client, route }: Row): string => `${client} | \`${route}\``;

/** The table of docs/clients.md: a row for each client and the route that it calls, a column for each wire of an upstream. */
export class ClientTable {
  private readonly verdicts: ReadonlyMap<string, readonly string[]>;

  private constructor(verdicts: ReadonlyMap<string, readonly string[]>) {
    this.verdicts = verdicts;
  }

  /** As the page has it. Throws if the page has no place for it. */
  static read(): ClientTable {
    const lines = split(readFileSync(PAGE, 'utf8')).table.split('\n').slice(2);
    const rows = lines.map((line) => line.slice(2, -2).split(' | '));
    return new ClientTable(new Map(rows.map(([client, route, ...cells]) => [`${client} | ${route}`, cells])));
  }

  /** Whether the feature works by the table; null where it does not say. */
  verdict(row: Row, upstream: UpstreamWire, feature: Feature): boolean | null {
    const cell = this.verdicts.get(keyOf(row))?.[UPSTREAMS.indexOf(upstream)] ?? NOT_RUN;
    if (cell === NOT_RUN) return null;
    if (cell === NOTHING) return false;
    return !cell.replace('all but ', '').split(', ').includes(feature);
  }

  /** The table of these rows: with the verdicts of what has run, and otherwise as before. A row without any is left out. */
  with(rows: readonly Row[], cells: readonly Cell[]): ClientTable {
    const printed = rows.map((row): [string, string[]] => [
      keyOf(row),
      UPSTREAMS.map((upstream, at) => {
        const run = cells.filter((cell) => cell.upstream === upstream && keyOf(cell.row) === keyOf(row));
        if (run.length === FEATURES.length) return wordsOf(run);
        return this.verdicts.get(keyOf(row))?.[at] ?? NOT_RUN;
      }),
    ]);
    return new ClientTable(new Map(printed.filter(([, words]) => words.some((word) => word !== NOT_RUN))));
  }

  /** As Markdown. */
  toString(): string {
    const heads = ['client', 'calls', ...Object.values(COLUMNS)];
    const lines = [...this.verdicts].map(([key, cells]) => `| ${[key, ...cells].join(' | ')} |\n`);
    return `| ${heads.join(' | ')} |\n${'|---'.repeat(heads.length)}|\n${lines.join('')}`;
  }

  /** Puts it into the page. */
  write(): void {
    const { before, after } = split(readFileSync(PAGE, 'utf8'));
    writeFileSync(PAGE, before + this.toString() + after);
  }
}

function split(page: string): { before: string; table: string; after: string } {
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const end = page.indexOf(END);
  if (begin < BEGIN.length || end < begin) throw new Error('docs/clients.md has no place for the table');
  return { before: page.slice(0, begin), table: page.slice(begin, end).trimEnd(), after: page.slice(end) };
}

function wordsOf(cells: readonly Cell[]): string {
  const failed = cells.filter(({ ok }) => !ok).map(({ feature }) => feature);
  if (failed.length === cells.length) return NOTHING;
  return failed.length === 0 ? 'all' : `all but ${failed.join(', ')}`;
}
