import type { JSONVisitor, printParseErrorCode } from 'jsonc-parser';
import type { Json } from './json.ts';

/** Where and why a text is rejected. Line and column count from 1; the message never quotes the text. */
export interface SyntaxFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Names of settings, lanes, nodes and models. Other text may be a secret in a wrong place and is not shown. */
const SHOWN_KEY = /^(?!sk-|sk_|gsk_|xai-)[A-Za-z_$][\w$./:@*-]{0,63}$/;

/** The message for a key that occurs twice in one object. */
export function duplicateKey(key: string): string {
  const name = SHOWN_KEY.test(key) ? ` "${key}"` : '';
  return `duplicate key${name}: it is already set above in the same object; keep one`;
}

/** The value of a JSON or YAML text, or its first fault. */
export type ParseResult = { readonly values: Json } | { readonly fault: SyntaxFault };

/** Nesting limit of a configuration file: later steps are recursive, and the schema is far shallower. */
export const MAX_LEVELS = 64;

/**
 * Parses strict JSON and rejects duplicate keys, of which `JSON.parse` would silently keep the last. A trusted text is
 * parsed without that check. `jsonc-parser` is loaded only to locate faults: V8's messages have no position for most
 * mistakes and quote the surrounding text, which may be a key.
 */
export async function readJson(
  text: string,
  { trusted }: { readonly trusted: boolean },
): Promise<ParseResult> {
  const values = parse(text);
  if (values !== undefined && trusted) return { values };
  const fault = await findFault(text);
  if (fault !== null) return { fault };
  return values === undefined ? { fault: { line: 1, column: 1, message: 'invalid JSON' } } : { values };
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** Ends the visit at the first fault. */
class Found extends Error {
  readonly fault: SyntaxFault;

  constructor(message: string, line: number, character: number) {
    super(message);
    this.fault = { line: line + 1, column: character + 1, message };
  }
}

async function findFault(text: string): Promise<SyntaxFault | null> {
  const { visit, printParseErrorCode } = await import('jsonc-parser');
  /** The keys of each open object; lists have none. */
  const open: Set<string>[] = [];
  const begin: JSONVisitor['onArrayBegin'] = (_offset, _length, line, character) => {
    open.push(new Set());
    if (open.length > MAX_LEVELS) throw new Found(`nested deeper than ${MAX_LEVELS} levels`, line, character);
  };
  const end = (): void => void open.pop();
  const visitor: JSONVisitor = {
    ...{ onObjectBegin: begin, onArrayBegin: begin, onObjectEnd: end, onArrayEnd: end },
    onObjectProperty: (key, _offset, _length, line, character) => {
      if (open.at(-1)?.has(key)) throw new Found(duplicateKey(key), line, character);
      open.at(-1)?.add(key);
    },
    onError: (code, offset, _length, line, character) => {
      const reason = describe(printParseErrorCode(code), text, offset);
      throw new Found(`invalid JSON: ${reason}`, line, character);
    },
  };
  try {
    visit(text, visitor, { disallowComments: true });
    return null;
  } catch (error) {
    if (error instanceof Found) return error.fault;
    throw error;
  }
}

type Code = ReturnType<typeof printParseErrorCode>;

function describe(code: Code, text: string, offset: number): string {
  if (text.trim() === '') return 'the file is empty; write {} or remove it';
  if (offset >= text.length) return 'unexpected end of file; a bracket or quote is not closed';
  if (/[}\]]/.test(text[offset] ?? '') && text.slice(0, offset).trimEnd().endsWith(','))
    return 'trailing comma; remove the comma before this bracket';
  const word = /^(?:True|False|None)\b/.exec(text.slice(offset, offset + 6))?.[0];
  if (word !== undefined) return `write ${LITERALS[word] ?? ''} instead of ${word}`;
  return REASONS[code] ?? 'syntax error';
}

/** Words of Python and what JSON has for them. */
const LITERALS: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null' };

const REASONS: Readonly<Partial<Record<Code, string>>> = {
  InvalidSymbol: 'unknown word or symbol; keys and strings need double quotes',
  PropertyNameExpected: 'expected a key in double quotes',
  ValueExpected: 'expected a value',
  ColonExpected: 'expected a colon',
  CommaExpected: 'expected a comma or a closing bracket',
  EndOfFileExpected: 'expected the end of the file',
  InvalidCommentToken: 'comments are not allowed; remove it, or use models.yaml',
  UnexpectedEndOfString: 'unterminated string',
  UnexpectedEndOfNumber: 'incomplete number',
  InvalidUnicode: 'invalid escape in a string',
  InvalidEscapeCharacter: 'invalid escape in a string',
  InvalidCharacter: 'unescaped control character in a string',
};
