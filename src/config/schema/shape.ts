import { z } from 'zod';
import { describeIssue } from '../../util/describe-issue.ts';
import type { Path } from '../faults.ts';
import { valueAt, type Json, type JsonObject } from '../files/json.ts';
import { unknownKeyMessage, type KnownKeys } from './key-advice.ts';
import { fileSchema, PARSE_ONCE } from './schema.ts';

/** A fault of one file's shape: an unknown key, a wrong type, a value out of range. */
export interface ShapeFault {
  readonly path: Path;
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
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKeyMessage(path, key, known) }));
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
  const isQuoted = typeof value === 'string' && (UNQUOTED[expected]?.test(value) ?? false);
  if (isQuoted) return 'write it without quotes';
  if (expected !== 'object' && expected !== 'record') return null;
  const [section, , ...deeper] = path;
  const [entry, key] = ENTRIES[section ?? ''] ?? [];
  if (entry === undefined || key === undefined || deeper.length > 0) return null;
  return path.length === 1 ? `write { ${key}: ${entry.replace(/ or .*/, '')} }` : `write ${entry}`;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: Path): KnownKeys {
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
