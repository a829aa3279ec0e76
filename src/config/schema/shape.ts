import { z } from 'zod';
import { describeIssue } from '../../util/describe-issue.ts';
import { quote, type Path } from '../faults.ts';
import { valueAt, type Json, type JsonObject } from '../files/json.ts';
import { nearest } from '../../util/nearest.ts';
import { unknownKeyMessage, type KnownKeys } from './key-advice.ts';
import { fileSchema, PARSE_ONCE } from './schema.ts';

/** A fault of one file's shape: an unknown key, a wrong type, a value out of range. */
export interface ShapeFault {
  readonly path: Path;
  /** The section that an unknown key was meant to be: what refers to its entries is not a fault of its own. */
  readonly meant?: Path;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** Validates one layer against the schema, independent of other layers. `values` must not contain nulls. */
export function findShapeFaults(values: JsonObject): ShapeFault[] {
  const result = fileSchema.safeParse(values, PARSE_ONCE);
  return result.success ? [] : result.error.issues.flatMap((issue) => faultsOf(issue, values));
}

function faultsOf(issue: Issue, values: JsonObject): ShapeFault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(path);
    return issue.keys.map((key) => {
      const [section] = path.length === 0 ? nearest(key, known.keys, 1) : [];
      const message = unknownKeyMessage(path, key, known);
      return { path: [...path, key], message, ...(section === undefined ? null : { meant: [section] }) };
    });
  }
  const value = valueAt(values, path);
  const advice = issue.code === 'invalid_type' ? typeAdvice(path, issue.expected, value) : null;
  const message = describeIssue(issue, value);
  return [{ path, message: advice === null ? message : `${message}; ${advice}` }];
}

/** How entries of the sections look, for a section that is written as a list or an entry that is a string. */
const ENTRIES: Readonly<Record<string, readonly [entry: string, key: string]>> = {
  aliases: ['"lane:NAME"', '"NAME"'],
  providers: ['{ "type": "…", "base_url": "…" }', '"ID"'],
  models: ['{ "capabilities": { … } }', '"PROVIDER/MODEL"'],
  lanes: ['{ "preferred": ["PROVIDER/MODEL"] }', '"NAME"'],
  nodes: ['{ "model": "PROVIDER/MODEL" } or { "lane": "NAME" }', '"NAME"'],
};

/** Texts that are values of another type in quotes. */
const UNQUOTED: Readonly<Record<string, RegExp>> = {
  boolean: /^(true|false)$/i,
  number: /^-?\d+(\.\d+)?$/,
  int: /^-?\d+$/,
};

/** What to write instead of a value of the wrong type; null where the message alone is enough. */
function typeAdvice(path: Path, expected: string, value: Json | undefined): string | null {
  if (expected === 'array' && typeof value === 'string') return 'write it in brackets: ["…"]';
  const entry = entryAdvice(path, value);
  if (entry !== null) return entry;
  const unit = String(path.at(-1)).endsWith('_s') ? secondsAdvice(value) : null;
  if (unit !== null) return unit;
  const isQuoted = typeof value === 'string' && (UNQUOTED[expected]?.test(value) ?? false);
  if (isQuoted) return 'write it without quotes';
  if (expected !== 'object' && expected !== 'record') return null;
  const [section, , ...deeper] = path;
  const [example, key] = ENTRIES[section ?? ''] ?? [];
  if (example === undefined || key === undefined || deeper.length > 0) return null;
  return path.length === 1 ? `write { ${key}: ${example.replace(/ or .*/, '')} }` : `write ${example}`;
}

/** Lists of full model ids, in the order in which they are tried. */
const MODEL_LISTS = ['preferred', 'cloud_fallback', 'fallbacks'];

/** Other gateways list objects, or map models to weights; null for anything else. */
function entryAdvice(path: Path, value: Json | undefined): string | null {
  const isList = MODEL_LISTS.includes(String(path.at(-1)));
  const isEntry = typeof path.at(-1) === 'number' && MODEL_LISTS.includes(String(path.at(-2)));
  if ((!isList && !isEntry) || typeof value !== 'object' || value === null) return null;
  const model = isEntry ? modelOf(value) : Object.keys(value)[0];
  const shown = quote(model === undefined || !model.includes('/') ? 'PROVIDER/MODEL' : model);
  return `write ${isEntry ? shown : `a list: [${shown}, …]`}; the order decides, there are no weights`;
}

function modelOf(value: Json): string | undefined {
  const [provider, model] = [valueAt(value, ['provider']), valueAt(value, ['model'])];
  if (typeof model !== 'string') return undefined;
  return typeof provider === 'string' && !model.startsWith(`${provider}/`) ? `${provider}/${model}` : model;
}

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
};

/** `"30s"`: the number of seconds to write; null for a text that is no duration with a unit. */
function secondsAdvice(value: Json | undefined): string | null {
  const [, number, unit = ''] =
    /^(\d+(?:\.\d+)?) ?(ms|s|sec|m|min|h)$/i.exec(typeof value === 'string' ? value : '') ?? [];
  const factor = SECONDS_PER_UNIT[unit.toLowerCase()];
  return number === undefined || factor === undefined
    ? null
    : `write the number of seconds: ${Number((Number(number) * factor).toFixed(3))}`;
}

/** The keys that the schema knows at a path. */
export function knownKeys(path: Path): KnownKeys {
  const schema = schemaAt(path);
  if (!(schema instanceof z.ZodObject)) return { keys: [], nested: [] };
  const keys = Object.keys(schema.shape);
  const nested = keys.flatMap((key) => {
    const inner = unwrap(schema.shape[key]);
    return inner instanceof z.ZodObject ? Object.keys(inner.shape).map((name) => `${key}.${name}`) : [];
  });
  return { keys, nested };
}

function schemaAt(path: Path): unknown {
  let schema = unwrap(fileSchema);
  for (const part of path) {
    if (schema instanceof z.ZodObject) schema = unwrap(schema.shape[part]);
    else if (schema instanceof z.ZodRecord) schema = unwrap(schema.valueType);
  }
  return schema;
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodExactOptional) inner = inner.unwrap();
  return inner;
}
