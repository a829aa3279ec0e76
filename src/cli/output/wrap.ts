import { stripVTControlCharacters } from 'node:util';

/** Breaks a text at spaces into lines of at most `width` characters; a longer word keeps a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** Lines `name  value` in two columns; a value that does not fit continues below itself. */
export function pairLines(
  pairs: readonly (readonly [name: string, value: string])[],
  width: number | null,
): string[] {
  const nameWidth = Math.max(...pairs.map(([name]) => visibleLength(name))) + 2;
  return pairs.flatMap(([name, value]) => {
    const lines = width === null ? [value] : wrap(value, Math.max(width - nameWidth, 20));
    return lines.map((line, index) => {
      const shown = index === 0 ? name : '';
      return `${shown}${' '.repeat(nameWidth - visibleLength(shown))}${line}`;
    });
  });
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}
