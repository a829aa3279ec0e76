import { diff } from 'node:util';
import { looksLikeKey } from '../../config/migrate/conversion.ts';

/** A line of a difference: in both texts, only in the new one, only in the old one, or left out here. */
export interface DiffLine {
  readonly mark: ' ' | '+' | '-' | '…';
  readonly text: string;
}

/** Unchanged lines that are shown before and after a change. */
const CONTEXT = 2;
/** Above this many lines the library needs seconds; they are shown as replaced then. */
const MAX_COMPARED = 2_000;

/** Texts that look like keys are not shown, in whatever place of the file they are. */
function masked(line: string): string {
  return line.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (text, content: string) =>
    looksLikeKey(content) ? '"(hidden)"' : text,
  );
}

/** The lines in which two texts differ, with some unchanged ones around them; empty when they are equal. */
export function diffLines(before: string, after: string): DiffLine[] {
  if (before === after) return [];
  const lines = allLines(linesOf(before), linesOf(after));
  const shown = new Set<number>();
  for (const [index, { mark }] of lines.entries()) {
    if (mark !== ' ') for (let near = index - CONTEXT; near <= index + CONTEXT; near += 1) shown.add(near);
  }
  return lines.flatMap((line, index) => {
    if (shown.has(index)) return [{ ...line, text: masked(line.text) }];
    return index > 0 && !shown.has(index - 1) ? [] : [{ mark: '…', text: '' } as const];
  });
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function allLines(old: readonly string[], current: readonly string[]): DiffLine[] {
  const least = Math.min(old.length, current.length);
  let start = 0;
  while (start < least && old[start] === current[start]) start += 1;
  let end = 0;
  while (end < least - start && old.at(-1 - end) === current.at(-1 - end)) end += 1;
  const [removed, added] = [old, current].map((lines) => lines.slice(start, lines.length - end));
  return [
    ...marked(' ', old.slice(0, start)),
    ...changedLines(removed ?? [], added ?? []),
    ...marked(' ', old.slice(old.length - end)),
  ];
}

function changedLines(old: readonly string[], current: readonly string[]): DiffLine[] {
  if (old.length === 0 || current.length === 0 || old.length + current.length > MAX_COMPARED) {
    return [...marked('-', old), ...marked('+', current)];
  }
  // Its operations say what the first list has over the second.
  return diff(old, current).map(([operation, text]): DiffLine => {
    return { mark: operation === 0 ? ' ' : operation > 0 ? '-' : '+', text };
  });
}

function marked(mark: DiffLine['mark'], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ mark, text }));
}
