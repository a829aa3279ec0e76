/** Where a text stops being JSON. Line and column count from 1. */
export interface SyntaxFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

type State = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'after';

const TOKEN =
  /[ \t\r\n]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[Ee][+-]?\d+)?|true|false|null)(?![\w.+-]))/y;

/**
 * Finds what `JSON.parse` refuses. V8's own message cannot be used: it has no position for most mistakes and
 * quotes the text around them, keys included. Returns null when the text is JSON after all.
 */
export function findSyntaxFault(text: string): SyntaxFault | null {
  const open: ('{' | '[')[] = [];
  let state: State = 'value';
  let offset = 0;
  for (;;) {
    TOKEN.lastIndex = offset;
    const match = TOKEN.exec(text);
    const next: State | null =
      match === null ? null : step(state, open, match[1] ?? (match[2] === undefined ? 'other' : 'text'));
    if (match === null || next === null) {
      const start = skipSpace(text, offset);
      if (start === text.length && state === 'after' && open.length === 0) return null;
      return { ...position(text, start), message: complaint(text, start, state, open) };
    }
    offset += match[0].length;
    state = next;
  }
}

/**
 * Finds the first key that an object holds twice: `JSON.parse` would silently keep the last one. The text must be
 * JSON.
 */
export function findDuplicateKey(text: string): SyntaxFault | null {
  // Sticky, so that white space without a token behind it is gone over once and not from each of its places.
  // A set for each open object, null for each open list; `next` tells keys from values.
  const open: (Set<string> | null)[] = [];
  let keyIsNext = false;
  for (const match of text.matchAll(new RegExp(TOKEN, 'gy'))) {
    const [whole, mark, word] = match;
    const keys = open.at(-1);
    if (mark === '{' || mark === '[') open.push(mark === '{' ? new Set() : null);
    else if (mark === '}' || mark === ']') open.pop();
    if (word !== undefined && keyIsNext && keys) {
      const key = JSON.parse(word) as string;
      if (keys.has(key)) {
        const at = match.index + whole.length - word.length;
        return { ...position(text, at), message: 'this key stands twice in the same object' };
      }
      keys.add(key);
    }
    keyIsNext = mark === '{' || (mark === ',' && open.at(-1) instanceof Set);
  }
  return null;
}

/** The state after a token, or null when the token does not belong there. Keeps the stack of open brackets. */
function step(state: State, open: ('{' | '[')[], token: string): State | null {
  const inner = open.at(-1);
  if (token === '}' || token === ']') {
    const closes = token === '}' ? '{' : '[';
    const allowed = state === 'after' || state === (token === '}' ? 'first key' : 'first item');
    if (inner !== closes || !allowed) return null;
    open.pop();
    return 'after';
  }
  if (state === 'after') return token !== ',' || inner === undefined ? null : inner === '{' ? 'key' : 'value';
  if (state === 'colon') return token === ':' ? 'value' : null;
  if (state === 'key' || state === 'first key') return token === 'text' ? 'colon' : null;
  if (token === '{' || token === '[') {
    open.push(token);
    return token === '{' ? 'first key' : 'first item';
  }
  return token === 'text' || token === 'other' ? 'after' : null;
}

function complaint(text: string, start: number, state: State, open: readonly string[]): string {
  const rest = text.slice(start, start + 2);
  const [character] = rest;
  if (character === undefined) return 'the file ends too early';
  if (rest === '//' || rest === '/*' || character === '#') return 'comments are not JSON';
  if (character === "'") return 'text stands in double quotes';
  if ('}]'.includes(character) && text.slice(0, start).trimEnd().endsWith(',')) {
    return `a comma stands before the closing ${character}`;
  }
  const startsText = state !== 'after' && state !== 'colon' && character === '"';
  if (startsText) return 'this text does not end on its line, or holds a character that must be escaped';
  return `${expected(state, open)} was expected here`;
}

function expected(state: State, open: readonly string[]): string {
  switch (state) {
    case 'value':
    case 'first item':
      return 'a value';
    case 'key':
    case 'first key':
      return 'a key in double quotes';
    case 'colon':
      return 'a colon';
    case 'after':
      if (open.length === 0) return 'the end of the file';
      return open.at(-1) === '{' ? 'a comma or }' : 'a comma or ]';
  }
}

function skipSpace(text: string, offset: number): number {
  let start = offset;
  while (' \t\r\n'.includes(text[start] ?? 'x')) start += 1;
  return start;
}

function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
