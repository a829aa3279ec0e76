import type { ParseResult } from './json-file.ts';
import type { Json } from './json.ts';

/**
 * Reads one YAML 1.2 document. The library is loaded here and nowhere else, so that only who has a `models.yaml`
 * waits for it. Its own messages quote the text, keys included, so they are said anew.
 */
export async function readYaml(text: string): Promise<ParseResult> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // Anchors with `<<` are how people keep lanes short.
    merge: true,
  });
  const [first] = [...document.errors, ...document.warnings];
  if (first !== undefined) {
    const { line, col } = lines.linePos(first.pos[0]);
    const message =
      first.code === 'DUPLICATE_KEY'
        ? 'this key stands twice in the same mapping'
        : `not YAML: ${WORDS[first.code] ?? 'this cannot be read'}`;
    return { fault: { line, column: col, message } };
  }
  try {
    const values = document.toJS() as Json;
    // An alias inside its own anchor makes a circle, which no later step would come out of.
    JSON.stringify(values);
    return { values };
  } catch {
    // The library's other refusals: an unknown alias, and aliases that multiply without end.
    const message = 'an alias (*name) has no anchor before it, or holds itself or too much';
    return { fault: { line: 1, column: 1, message } };
  }
}

const WORDS: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'this alias cannot be read',
  BAD_INDENT: 'the indentation does not fit what stands above',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping cannot begin here: check the indentation and the colons',
  KEY_OVER_1024_CHARS: 'this key is too long',
  MISSING_CHAR: 'a character that separates or closes is missing here',
  MULTILINE_IMPLICIT_KEY: 'a key stands on one line: check the indentation and the colons',
  MULTIPLE_DOCS: 'a second document begins here: one is enough',
  NON_STRING_KEY: 'a key is text',
  TAB_AS_INDENT: 'tabs do not indent: write spaces',
  TAG_RESOLVE_FAILED: 'this tag (!name) means nothing here',
  UNEXPECTED_TOKEN: 'this does not belong here',
};
