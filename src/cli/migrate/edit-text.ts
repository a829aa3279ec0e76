import type { FormattingOptions } from 'jsonc-parser';
import type { Edit } from '../../config/migrate/combine.ts';

/**
 * Sets values in the text of a JSON file and removes top-level keys; everything else keeps its place and its form. A null
 * text is a new file.
 */
export async function editText(
  text: string | null,
  edits: readonly Edit[],
  removed: readonly string[],
): Promise<string> {
  const { applyEdits, modify } = await import('jsonc-parser');
  const start = text === null || text.trim() === '' ? '{}\n' : text;
  const formattingOptions: FormattingOptions = /^\t/m.test(start)
    ? { insertSpaces: false, tabSize: 1, eol: '\n' }
    : { insertSpaces: true, tabSize: 2, eol: '\n' };
  const set = (current: string, path: Edit['path'], value: unknown): string =>
    applyEdits(current, modify(current, [...path], value, { formattingOptions }));
  const cleared = removed.reduce((current, key) => set(current, [key], undefined), start);
  return edits.reduce((current, { path, value }) => set(current, path, value), cleared);
}
