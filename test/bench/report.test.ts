import { expect, test } from 'vitest';
import { rowsOf } from '../../bench/figures.ts';
import { putBetween } from '../../bench/marked-place.ts';
import type { Samples } from '../../bench/measures.ts';
import {
  markdownOf,
  missedGates,
  noiseOf,
  quantile,
  type Row,
  tableOf,
  verdict,
} from '../../bench/report.ts';

/** The only row of samples. */
function rowOf(...runs: Samples[]): Row {
  const [row, ...others] = rowsOf(runs);
  expect(others).toEqual([]);
  if (row === undefined) throw new Error('no row');
  return row;
}

test('the table holds Laneway against the bare proxy of the same run', () => {
  const rows = rowsOf([
    {
      'cpu-2k': { bare: [40, 50, 60], laneway: [80, 70, 90], nginx: [20] },
      'event-trusted': { bare: [30], laneway: [32] },
      'event-guarded': { laneway: [70] },
      'event-mended': { bare: [40], laneway: [70] },
      'event-openai-messages': { bare: [40], laneway: [200] },
      warm: { direct: [1, 1, 1], bare: [1.2, 1.3, 1.4], laneway: [1.4, 1.4, 9] },
    },
  ]);
  expect(rows.map((row) => [row.runs[0]?.['bare'], row.runs[0]?.['laneway'], verdict(row)])).toEqual([
    [50, 80, 'gate'],
    [30, 32, 'goal'],
    [30, 70, 'over'],
    [40, 70, 'gate'],
    [40, 200, null],
    [expect.closeTo(0.3), expect.closeTo(0.4), 'over'],
    [expect.closeTo(0.4), 8, 'over'],
  ]);
  const table = tableOf(rows);
  expect(table).toMatch(
    /CPU a request, 2 KB, saturated +µs +20\.0 +50\.0 +80\.0 +1\.60 +1\.7 × +1\.4 × +gate\n/,
  );
  expect(table).toMatch(
    /CPU an event, OpenAI client, Messages upstream +µs +- +40\.0 +200 +5\.00 +- +- +-\n/,
  );
});

test('a figure is held to the bare proxy and to its own limit, and the table names the one that it misses', () => {
  const idle = (bare: number, laneway: number): Row =>
    rowOf({ 'rss-idle': { bare: [bare], laneway: [laneway] } });
  expect(missedGates(idle(86, 95))).toEqual([]);
  expect(missedGates(idle(70, 95))).toEqual(['bare + 15']);
  expect(missedGates(idle(90, 102))).toEqual(['100']);
  expect(tableOf([idle(70, 101)])).toMatch(/ bare \+ 15, 100 .* over bare \+ 15, 100$/);
  const start = rowOf({ start: { bare: [200], laneway: [310] } });
  expect(tableOf([start])).toMatch(/ 1\.55 +1\.5 ×, 500 +200 +over 1\.5 ×$/);
});

test('without the bare proxy only limits of their own count', () => {
  expect(verdict(rowOf({ start: { laneway: [600] } }))).toBe('over');
  expect(verdict(rowOf({ start: { laneway: [400] } }))).toBe('gate');
  expect(verdict(rowOf({ 'cpu-2k': { laneway: [400] } }))).toBeNull();
  expect(verdict(rowOf({ start: { bare: [200] } }))).toBeNull();
});

test('the latency that a fresh process adds is divided by what the same proxy adds when warm', () => {
  const rows = rowsOf([
    {
      fresh: { direct: [1], laneway: [1.9], bare: [1.2] },
      'warm-50': { direct: [1], laneway: [1.5], bare: [1.2] },
    },
  ]);
  const row = rows.find(({ title }) => title.includes('fresh ÷ warm'));
  expect(row?.runs).toEqual([{ laneway: expect.closeTo(1.8), bare: expect.closeTo(1) }]);
  expect(row && missedGates(row)).toEqual(['1.5']);
});

test('several runs give the median and the range, and their ratios are those of each run', () => {
  const run = (bare: number, laneway: number): Samples => ({
    'cpu-2k': { bare: [bare], laneway: [laneway] },
  });
  const row = rowOf(run(40, 60), run(80, 128), run(50, 90));
  expect(tableOf([row])).toMatch(
    / 50\.0 \(40\.0–80\.0\) +90\.0 \(60\.0–128\) +1\.60 \(1\.50–1\.80\) +1\.7 × +1\.4 × +gate$/,
  );
});

test('the Markdown table has a column for each peer and for the checkout before, and marks what is over', () => {
  const row = rowOf({ 'cpu-2k': { bare: [40], laneway: [80], before: [100], go: [35] } });
  expect(markdownOf([row]).split('\n')).toEqual([
    '| figure | unit | go | bare | laneway | to bare | gate | goal | reached | before | change |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    '| CPU a request, 2 KB, saturated | µs | 35.0 | 40.0 | 80.0 | 2.00 | 1.7 × | 1.4 × | **over 1.7 ×** | 100 | -20.0 % |',
  ]);
});

test('a page takes the table in its marked place and nowhere else', () => {
  const page = 'before\n\n<!-- table: how -->\n\nold\n\n<!-- end of table -->\n\nafter\n';
  expect(putBetween(page, 'table', 'new')).toBe(page.replace('old', 'new'));
  expect(() => putBetween(page, 'other', 'new')).toThrow('no place for "other"');
});

test('noise is the smallest share of its core that a proxy had in any run', () => {
  const run = (share: number): Samples => ({ 'cpu-2k-core-share': { bare: [0.99, share] } });
  expect(noiseOf([run(0.95), run(0.7)])).toContain('70 % of its core');
  expect(noiseOf([{}])).toContain('not known');
  expect(quantile([3, 1, 2, 4], 0.5)).toBe(3);
});
