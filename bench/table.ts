// The table of a results file in Markdown, on standard output or in the marked place of a page.
//
// Results of a part of the bench (`--only`) replace the table of a page only with --partial.
//
//   node scripts/node.mjs bench/table.ts [--partial] RESULTS.json [PAGE.md]
import { readFileSync, writeFileSync } from 'node:fs';
import { missingTitles, rowsOf } from './figures.ts';
import { putBetween } from './marked-place.ts';
import { markdownOf, noiseOf } from './report.ts';
import { readResults } from './results.ts';

const given = process.argv.slice(2);
const partial = given.includes('--partial');
const [file, page] = given.filter((word) => word !== '--partial');
if (file === undefined) {
  console.error('usage: node scripts/node.mjs bench/table.ts [--partial] RESULTS.json [PAGE.md]');
  process.exit(2);
}
const { at, quick, machine, runs } = readResults(file);
const missing = missingTitles(runs);
if (page !== undefined && missing.length > 0 && !partial) {
  console.error(
    `${page} is unchanged: ${file} lacks ${missing.length} rows of the table (--partial writes it without them):\n` +
      missing.map((title) => `  ${title}`).join('\n'),
  );
  process.exit(1);
}
const count = runs.length === 1 ? 'one run' : `median of ${runs.length} runs (lowest–highest)`;
const place = machine.pinned ? 'load on core 0, proxy on core 1' : 'not pinned to cores';
const text = [
  markdownOf(rowsOf(runs)),
  '',
  `${at.slice(0, 10)}, ${machine.cpu} × ${machine.cores}, Node ${machine.node}, ${place}, load by ${machine.saturator}; ` +
    `${count}${quick ? ' of --quick, which only shows that the bench works' : ''}; ${noiseOf(runs)}.`,
].join('\n');
if (page === undefined) console.log(text);
else writeFileSync(page, putBetween(readFileSync(page, 'utf8'), 'table', text));
