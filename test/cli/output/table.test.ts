import { expect, test } from 'vitest';
import { colorsFor } from '../../../src/cli/output/colors.ts';
import { table, type Column } from '../../../src/cli/output/table.ts';
import { pairLines } from '../../../src/cli/output/wrap.ts';

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly note: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'MODEL', text: ({ id }) => id, cut: 'middle' },
  { title: 'KIND', text: ({ kind }) => kind, dropped: 1 },
  { title: 'NOTE', text: ({ note }) => note, cut: 'end', dropped: 2 },
];
const ROWS: readonly Row[] = [
  {
    id: 'openrouter/meta-llama/llama-3.3-70b-instruct:free',
    kind: 'chat',
    note: 'a long note about this model',
  },
  { id: 'box/small', kind: 'embeddings', note: '' },
];
const colors = colorsFor(false);
const lines = (width: number | null): string[] => table(ROWS, COLUMNS, { width, colors });

test('without a terminal nothing is cut', () => {
  expect(lines(null)[1]).toBe(`${ROWS[0]!.id}  chat        ${ROWS[0]!.note}`);
});

test.each([80, 60, 40, 30])('on %i columns every line fits, and the id keeps its begin and end', (width) => {
  for (const line of lines(width)) expect(line.length).toBeLessThanOrEqual(width);
  expect(lines(width)[1]).toMatch(/^openr\S*…\S*free/);
  expect(lines(width)[2]).toMatch(/^box\/small/);
});

test('a narrow table leaves out the least important column first', () => {
  expect(lines(80)[0]).toMatch(/^MODEL +KIND +NOTE$/);
  expect(lines(44)[0]).toMatch(/^MODEL +KIND$/);
  expect(lines(20)[0]).toBe('MODEL');
});

test('a column without any text is left out', () => {
  expect(table([{ id: 'a', kind: '', note: 'n' }], COLUMNS, { width: 80, colors })[0]).toMatch(
    /^MODEL +NOTE$/,
  );
});

test('a value that does not fit continues below itself', () => {
  expect(
    pairLines(
      [
        ['ready', 'no: nothing answers at any address'],
        ['x', 'y'],
      ],
      30,
    ),
  ).toEqual(['ready  no: nothing answers at', '       any address', 'x      y']);
});
