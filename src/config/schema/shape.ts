import { z } from 'zod';
import { nearest } from '../../util/nearest.ts';
import { quote, type Path } from '../faults.ts';
import { valueAt, type Json, type JsonObject } from '../files/json.ts';
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
  if (issue.code !== 'unrecognized_keys') return [{ path, message: describe(issue, valueAt(values, path)) }];
  const known = knownKeys(path);
  return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known) }));
}

/** Suggests the nearest known key, or lists all known keys when none is near. */
function unknownKey(key: string, known: readonly string[]): string {
  const [near] = nearest(key, known, 1);
  if (near !== undefined) return `unknown key; did you mean ${quote(near)}?`;
  return `unknown key; known keys: ${known.join(', ')}`;
}

/** The keys that the schema knows at a path. */
function knownKeys(path: Path): readonly string[] {
  let schema = unwrap(fileSchema);
  for (const part of path) {
    if (schema instanceof z.ZodObject) schema = unwrap(schema.shape[part]);
    else if (schema instanceof z.ZodRecord) schema = unwrap(schema.valueType);
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodExactOptional) inner = inner.unwrap();
  return inner;
}

function describe(issue: Issue, value: Json | undefined): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}, not ${wordFor(value)}`;
    case 'invalid_value': {
      const choices = issue.values.map(String);
      const [near] = typeof value === 'string' ? nearest(value, choices, 1) : [];
      return `must be one of ${choices.join(', ')}${near === undefined ? '' : `; did you mean ${quote(near)}?`}`;
    }
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      return issue.inclusive === false
        ? `must be greater than ${issue.minimum}`
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return `must be at most ${issue.maximum}`;
    default:
      // The schema defines the message of everything else.
      return issue.message;
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function wordFor(value: Json | undefined): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
      return Number.isInteger(value)
        ? 'a number'
        : Number.isFinite(value)
          ? 'a fraction'
          : 'a number that is too large';
    case 'boolean':
      return String(value);
    default:
      return 'an object';
  }
}
