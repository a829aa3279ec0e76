import { elements } from '../util/json-fields.ts';
import { numeric } from './inert-number.ts';
import { kindOf, type Kind } from './property-names.ts';

/**
 * Fixed values that change nothing, whatever a client does with them. An agent may carry out the calls of a practice
 * model without asking, so no value contains anything of the request. Each is also harmless as a shell command.
 *
 * - `command`: `true` is a no-op in POSIX shells and as a program without a shell, and unknown to other interpreters.
 * - `code`: `0` is an expression without effect in Python and JavaScript, and no command of a shell.
 * - `sql`: reads no table.
 * - `path`: in a folder that does not exist, so there is nothing to read or to delete, and a file that a tool writes there
 *   replaces none. It is relative, because agents stop at paths outside their workspace (opencode).
 * - `url`, `host`, `email`: no name below `.invalid` ever resolves (RFC 6761, section 6.4).
 * - `text`: also a search term, a pattern, a name or an id, which matches nothing that exists.
 *
 * `nth` is '' for the first value of a list, then `-2`, `-3` …, since items may have to differ.
 */
const VALUES: Readonly<Record<Kind, (nth: string) => string>> = {
  command: (nth) => `true ${nth}`.trim(),
  code: (nth) => `0${nth}`,
  sql: (nth) => `SELECT 0${nth}`,
  path: (nth) => `laneway-practice/none${nth}.txt`,
  url: (nth) => `https://example.invalid/${nth}`,
  host: (nth) => (nth === '' ? 'example.invalid' : `practice${nth}.example.invalid`),
  email: (nth) => `practice${nth}@example.invalid`,
  text: (nth) => `laneway-practice${nth}`,
};

/** Values of JSON schema's formats: reserved names and addresses (RFC 6761, 5737, 3849), and an id that nothing has. */
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT1S',
  email: VALUES.email(''),
  hostname: VALUES.host(''),
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: VALUES.url(''),
  'uri-reference': VALUES.url(''),
  url: VALUES.url(''),
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** Tried in turn where the value of the property's kind does not match the `pattern` of the schema. */
const OTHERS: readonly string[] = [
  ...['practice', 'Practice', 'PRACTICE', 'laneway_practice', 'x', 'X', 'xxx', 'XXX'],
  ...['0', '000', '00000000', '0.0.0', '#000000', '+15550100'],
  ...Object.values(VALUES).map((value) => value('')),
  ...Object.values(FORMATS),
];

/** The longest padding of one value. */
const MAX_PADDING = 5_000;

/** A string that is valid for a schema of type `string`; `name` is its property's, `nth` its index in a list. */
export function inertText(schema: Readonly<Record<string, unknown>>, name: string, nth: number): string {
  const { format, pattern } = schema;
  const formatted = typeof format === 'string' ? FORMATS[format] : undefined;
  if (formatted !== undefined) return formatted;
  const kind = kindOf(name);
  const least = Math.min(numeric(schema.minLength) ?? 0, MAX_PADDING);
  const most = numeric(schema.maxLength) ?? Infinity;
  const fit = (value: string): string => fitted(kind, value, least, most);
  const value = fit(VALUES[kind](nth === 0 ? '' : `-${nth + 1}`));
  if (typeof pattern !== 'string') return value;
  const given = kind === 'text' ? [schema.default, ...(elements(schema.examples) ?? [])] : [];
  const candidates = [value, ...given, ...OTHERS.map(fit)].filter((each) => typeof each === 'string');
  return candidates.find((each) => matches(pattern, each)) ?? value;
}

/**
 * Within the limits of length. A value is never cut: the beginning of a path, a host or a command may be that of an
 * existing thing.
 */
function fitted(kind: Kind, value: string, least: number, most: number): string {
  const whole = value.length <= most ? value : 'x'.repeat(most);
  // Blanks do not change what a command means.
  return whole.padEnd(least, ['command', 'code', 'sql'].includes(kind) ? ' ' : '.');
}

/** A repeated group that ends in a repetition, as in `(a+)+`: matching may take time exponential in the length. */
const NESTED_REPETITION = /[+*}]\)[+*{]/;
const MAX_NESTED_LENGTH = 20;

function matches(pattern: string, value: string): boolean {
  if (value.length > MAX_NESTED_LENGTH && NESTED_REPETITION.test(pattern)) return false;
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return false;
  }
}
