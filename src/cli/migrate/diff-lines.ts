import { diff } from 'node:util';
import { looksLikeKey } from '../../config/migrate/conversion.ts';

/** A line of a difference: in both texts, only in the new one, only in the old one, or left out here. */
export interface DiffLine {
  readonly mark: ' ' | '+' | '-' | '…';
  readonly text: string;
}

/** Unchanged lines that are shown before and after a change. */
const CONTEXT = 2;

/** Texts that look like keys are not shown, in whatever place of the file they are. */
function masked(line: string): string {
  return line.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (text, content: string) =>
    looksLikeKey(content) ? '"(hidden)"' : text,
  );
}

/** The lines in which two texts differ, with some unchanged ones around them; empty when they are equal. */
export function diffLines(before: string, after: string): DiffLine[] {
  if (before === after) return [];
  const [old, current] = [before, after].map((text) => text.replace(/\r?\n$/, '').split(/\r?\n/));
  // Its operations say what the first list has over the second.
  const lines = diff(before === '' ? [] : (old ?? []), current ?? []).map(([operation, text]): DiffLine => {
    return { mark: operation === 0 ? ' ' : operation > 0 ? '-' : '+', text: masked(text) };
  });
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(index - CONTEXT, 0), index + CONTEXT + 1).some(({ mark }) => mark !== ' ');
  return lines.flatMap((line, index) => {
    if (isNear(index)) return [line];
    return index > 0 && !isNear(index - 1) ? [] : [{ mark: '…', text: '' } as const];
  });
}
