import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ROOT } from '../../docs/pages.ts';
import { versionOf } from './installed.ts';
import { PROGRAMS, type Program } from './programs.ts';

const PAGE = join(ROOT, 'docs', 'clients.md');
const HEADER = '| program | version | API | with the demo | with llama-server |';
const RULE = '|---|---|---|---|---|';

/** The columns that runs fill. */
export const PLACES = ['the demo', 'llama-server'] as const;
/** What the programs are run against. */
export type Place = (typeof PLACES)[number];

/** What becomes of a program that was not run. */
const NOT_RUN = 'not run';

/** The rows of the table in docs/clients.md: their cells by program. Throws if there is no table. */
export function tableInPage(): ReadonlyMap<string, readonly string[]> {
  const lines = readFileSync(PAGE, 'utf8').split('\n');
  const start = lines.indexOf(HEADER);
  if (start < 0) throw new Error(`docs/clients.md has no table ${HEADER}`);
  const rows = lines.slice(start + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  const cells = rows.slice(0, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return new Map(cells.map((row) => [row[0] ?? '', row]));
}

/** The cell of a program in the page; `not run` if it has none. */
export function cellInPage(program: Program, place: Place): string {
  return tableInPage().get(program.name)?.[3 + PLACES.indexOf(place)] ?? NOT_RUN;
}

/** The row of a program: `cells` are those of `PLACES`. */
export function rowOf(program: Program, cells: readonly string[]): string[] {
  return [program.name, versionOf(program.command), program.api.name, ...cells];
}

/** Writes the table anew: what was seen in one place, and for everything else what the page has. */
export function writeTable(place: Place, seen: ReadonlyMap<string, string>): void {
  const rows = PROGRAMS.map((program) =>
    rowOf(
      program,
      PLACES.map(
        (each) => (each === place ? seen.get(program.name) : undefined) ?? cellInPage(program, each),
      ),
    ),
  );
  const table = [HEADER, RULE, ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const start = page.indexOf(HEADER);
  const end = page.indexOf('\n\n', start);
  writeFileSync(PAGE, page.slice(0, start) + table + page.slice(end));
}
