/** A column that wants `width` characters. */
export interface WantedColumn {
  readonly width: number;
  /** It may be cut to this width; null: it may not. */
  readonly minWidth: number | null;
  /** May be left out, the highest number first, 0 only where even cut texts do not fit; null: never. */
  readonly dropped: number | null;
}

/** A column that is shown: its place in the list, and the width that it gets. */
export interface FittedColumn {
  readonly index: number;
  readonly width: number;
}

/**
 * Fits columns into `width` characters with `gap` between them: the widest are cut first; when all are at their minimum,
 * the least important one is left out. null: they get what they want.
 */
export function fitColumns(
  columns: readonly WantedColumn[],
  width: number | null,
  gap: number,
): FittedColumn[] {
  let shown = columns.map((column, index) => ({ ...column, index }));
  if (width === null) return shown;
  for (;;) {
    const available = width - gap * (shown.length - 1);
    if (fits(shown, available)) return cutWidest(shown, available);
    const last = leastImportant(shown);
    // Very narrow: better cut than wrapped.
    if (last === null || last.dropped === 0) {
      const narrow = shown.map(cutFurther);
      if (last === null || fits(narrow, available)) return cutWidest(narrow, available);
    }
    shown = shown.filter(({ index }) => index !== last.index);
  }
}

function fits(columns: readonly WantedColumn[], available: number): boolean {
  return sum(columns.map((column) => leastWidth(column))) <= available;
}

/** Only the begin of a text is left below this, in characters. */
const NARROWEST = 6;

function cutFurther(column: Shown): Shown {
  return column.minWidth === null ? column : { ...column, minWidth: NARROWEST };
}

type Shown = WantedColumn & { readonly index: number };

function leastWidth({ width, minWidth }: WantedColumn): number {
  return minWidth === null ? width : Math.min(width, minWidth);
}

function leastImportant(shown: readonly Shown[]): Shown | null {
  let found: Shown | null = null;
  for (const column of shown) {
    if (column.dropped !== null && column.dropped > (found?.dropped ?? -1)) found = column;
  }
  return found;
}

/** Takes characters from the widest column that may be cut until all fit. */
function cutWidest(shown: readonly Shown[], available: number): FittedColumn[] {
  const widths = shown.map(({ width }) => width);
  let excess = sum(widths) - available;
  while (excess > 0) {
    let widest = -1;
    shown.forEach((column, place) => {
      const own = widths[place] ?? 0;
      if (own > leastWidth(column) && own > (widths[widest] ?? 0)) widest = place;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return shown.map(({ index }, place) => ({ index, width: widths[place] ?? 0 }));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
