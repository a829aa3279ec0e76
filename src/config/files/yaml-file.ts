import { duplicateKey, type ParseResult } from './json-file.ts';
import type { Json } from './json.ts';

/**
 * Parses one YAML 1.2 document. The library is loaded only here, so that only a `models.yaml` costs its load time. Its
 * messages quote the text, which may be a key, and are therefore replaced.
 */
export async function readYaml(text: string): Promise<ParseResult> {
  const { LineCounter, parseDocument } = await import('yaml');
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    // Merge keys (`<<`) with anchors are common for sharing settings between lanes.
    merge: true,
  });
  const [first] = [...document.errors, ...document.warnings];
  if (first !== undefined) {
    const { line, col } = lines.linePos(first.pos[0]);
    const message =
      first.code === 'DUPLICATE_KEY'
        ? duplicateKey(/^["']?([^"':\s]*)/.exec(text.slice(first.pos[0]))?.[1] ?? '')
        : `invalid YAML: ${REASONS[first.code] ?? 'syntax error'}`;
    return { fault: { line, column: col, message } };
  }
  try {
    const values = document.toJS() as Json;
    // Throws for an alias inside its own anchor: later steps would not terminate on a cycle.
    JSON.stringify(values);
    return { values };
  } catch {
    // The library throws for undefined aliases and for exponential alias expansion.
    const message = 'an alias (*name) is undefined, refers to itself or expands too far';
    return { fault: { line: 1, column: 1, message } };
  }
}

const REASONS: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'invalid alias',
  BAD_INDENT: 'indentation does not match the lines above',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping cannot start here; check indentation and colons',
  KEY_OVER_1024_CHARS: 'key longer than 1024 characters',
  MISSING_CHAR: 'missing separator or closing character; write a space after a dash or colon',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line; check indentation and colons',
  MULTIPLE_DOCS: 'a second document starts here; only one is allowed',
  NON_STRING_KEY: 'keys must be strings',
  TAB_AS_INDENT: 'tabs are not allowed for indentation; use spaces',
  TAG_RESOLVE_FAILED: 'unknown tag (!name)',
  UNEXPECTED_TOKEN: 'unexpected token',
};
