/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const INDENT = '  ';
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/** A text as one word of a POSIX shell, which takes everything between single quotes literally. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A value as JavaScript source; `indent` is that of the line it begins on. */
export function jsLiteral(value: Json, indent = ''): string {
  return literal(value, indent, {
    name: (name) => (IDENTIFIER.test(name) ? `${name}: ` : `${string(name)}: `),
    word: String,
  });
}

/** A value as Python source; `indent` is that of the line it begins on. */
export function pythonLiteral(value: Json, indent = ''): string {
  const words = { true: 'True', false: 'False', null: 'None' };
  return literal(value, indent, {
    name: (name) => `${string(name)}: `,
    word: (word) => words[String(word) as keyof typeof words],
  });
}

interface Syntax {
  readonly name: (name: string) => string;
  readonly word: (word: boolean | null) => string;
}

function literal(value: Json, indent: string, syntax: Syntax): string {
  if (typeof value === 'string') return string(value);
  if (typeof value === 'number') return JSON.stringify(value);
  if (typeof value === 'boolean' || value === null) return syntax.word(value);
  const inner = indent + INDENT;
  const [open, close, lines] = Array.isArray(value)
    ? ['[', ']', (value as readonly Json[]).map((item) => literal(item, inner, syntax))]
    : [
        '{',
        '}',
        Object.entries(value).map(([name, item]) => syntax.name(name) + literal(item, inner, syntax)),
      ];
  if (lines.length === 0) return open + close;
  return `${open}\n${lines.map((line) => `${inner}${line},\n`).join('')}${indent}${close}`;
}

/**
 * A text in double quotes: the escapes of JSON mean the same in JavaScript and Python. Half of a pair of UTF-16, which
 * no request can contain, is replaced.
 */
function string(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
