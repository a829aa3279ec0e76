import CliTable from 'cli-table3';
import { fitColumns, type FittedColumn } from './fit-columns.ts';
import type { Colors } from './colors.ts';
import { cutEnd, cutMiddle } from './shorten-text.ts';

/** A column of a table of `Row`s. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  /** How a text that does not fit is cut; absent: the column keeps its width. */
  readonly cut?: 'end' | 'middle';
  /** The width that cutting leaves, in characters. Absent: 12, and 28 for one that is cut in its middle. */
  readonly minWidth?: number;
  /** Columns with a number are left out of a narrow table, the highest first. Absent: it is always there. */
  readonly dropped?: number;
  readonly align?: 'right';
  /** Colours the text after it was cut. */
  readonly color?: (text: string, row: Row) => string;
}

/** Where a table is printed. */
export interface TableStyle {
  /** null: tables have any width, and nothing is cut. */
  readonly width: number | null;
  readonly colors: Colors;
}

/** The width that cutting leaves: ids, which are cut in their middle, need more to be recognised. */
const MIN_WIDTH = { end: 12, middle: 28 } as const;
/** Two spaces between columns. */
const GAP = 2;

const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
  middle: ' '.repeat(GAP),
} as const;

/** The lines of a table, the titles first. Columns without any text are left out. */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, colors }: TableStyle,
): string[] {
  const written = columns
    .map((column) => ({ column, texts: rows.map(column.text) }))
    .filter(({ texts }) => texts.some((text) => text !== ''));
  const fitted = fitColumns(
    written.map(({ column, texts }) => ({
      width: Math.max(column.title.length, ...texts.map(({ length }) => length)),
      minWidth: leastWidth(column),
      dropped: column.dropped ?? null,
    })),
    width,
    GAP,
  );
  const drawn = new CliTable({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: fitted.map(({ index }) => title(written[index]?.column.title ?? '')),
    colAligns: fitted.map(({ index }) => written[index]?.column.align ?? 'left'),
  });
  rows.forEach((row, rowIndex) => drawn.push(fitted.map((fit) => cell(fit, row, rowIndex))));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());

  function title(text: string): string {
    return text === '' ? '' : colors.title(text);
  }

  function cell({ index, width: columnWidth }: FittedColumn, row: Row, rowIndex: number): string {
    const { column, texts } = written[index] ?? {};
    const text = texts?.[rowIndex] ?? '';
    const cut = column?.cut === 'middle' ? cutMiddle(text, columnWidth) : cutEnd(text, columnWidth);
    return column?.color === undefined || cut === '' ? cut : column.color(cut, row);
  }
}

function leastWidth<Row>({ cut, minWidth, title }: Column<Row>): number | null {
  return cut === undefined ? null : Math.max(minWidth ?? MIN_WIDTH[cut], title.length);
}
