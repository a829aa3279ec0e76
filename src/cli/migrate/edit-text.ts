import type { FormattingOptions, Node } from 'jsonc-parser';
import type { Edit } from '../../config/migrate/combine.ts';

/** How a file is written. */
type Style = Required<Pick<FormattingOptions, 'insertSpaces' | 'tabSize' | 'eol'>>;

/**
 * Sets values in the text of a JSON file and removes top-level keys; everything else keeps its place and its form. A null
 * text is a new file.
 */
export async function editText(
  text: string | null,
  edits: readonly Edit[],
  removed: readonly string[],
): Promise<string> {
  const { applyEdits, findNodeAtLocation, modify, parseTree } = await import('jsonc-parser');
  const start = text === null || text.trim() === '' ? '{}\n' : text;
  const style: Style = {
    insertSpaces: !/^\t/m.test(start),
    tabSize: 2,
    eol: start.includes('\r\n') ? '\r\n' : '\n',
  };
  const set = (current: string, path: Edit['path'], value: unknown): string =>
    applyEdits(current, modify(current, [...path], value, { formattingOptions: style }));
  const add = (current: string, edit: Edit): string => {
    const root = parseTree(current);
    const parent = root === undefined ? undefined : findNodeAtLocation(root, edit.path.slice(0, -1));
    return inserted(current, parent, edit, style) ?? set(current, edit.path, edit.value);
  };
  const cleared = removed.reduce((current, key) => set(current, [key], undefined), start);
  return edits.reduce(add, cleared);
}

/**
 * The text with a key added to an object that is empty, or after the last key of one that has a line for each; null for
 * any other object, and for a key that it has. The library would reformat the line before, too, and is slow with much.
 */
function inserted(
  text: string,
  parent: Node | undefined,
  { path, value }: Edit,
  style: Style,
): string | null {
  if (parent?.type !== 'object') return null;
  const { offset, length, children = [] } = parent;
  const key = String(path.at(-1));
  if (children.some((child) => child.children?.[0]?.value === key)) return null;
  const unit = style.insertSpaces ? ' '.repeat(style.tabSize) : '\t';
  const entry = `${JSON.stringify(key)}: ${JSON.stringify(value, null, unit)}`;
  const put = (start: number, end: number, indent: string, lines: string): string =>
    text.slice(0, start) + lines.replaceAll('\n', `${style.eol}${indent}`) + text.slice(end);
  const last = children.at(-1);
  if (last === undefined) {
    const indent = /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, offset))?.[1] ?? '';
    return put(offset, offset + length, indent, `{\n${unit}${entry.replaceAll('\n', `\n${unit}`)}\n}`);
  }
  const indent = /\n([ \t]*)$/.exec(text.slice(0, last.offset))?.[1];
  const end = last.offset + last.length;
  return indent === undefined ? null : put(end, end, indent, `,\n${entry}`);
}
