import { z } from 'zod';
import { describeIssue } from '../../util/describe-issue.ts';
import { nearest } from '../../util/nearest.ts';
import { quote, type Path } from '../faults.ts';
import { valueAt, type JsonObject } from '../files/json.ts';
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
  if (issue.code !== 'unrecognized_keys')
    return [{ path, message: describeIssue(issue, valueAt(values, path)) }];
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
