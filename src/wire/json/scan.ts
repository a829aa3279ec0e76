import { GatewayError } from '../../protocol/errors.ts';
import { JsonCursor, JsonScanError } from './cursor.ts';

/** One key of the outermost object, with the byte ranges of the key (including its quotes) and of the value. */
export interface JsonField {
  /** The key, unescaped. */
  readonly name: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** Reads the value of one top-level key. Returns true if it consumed the value, false to have it skipped. */
export type FieldVisitor = (name: string, cursor: JsonCursor) => boolean;

/**
 * Finds the keys of a JSON object in one pass, in order and including duplicates. `visit` is called for each value.
 * Throws a `JsonScanError`.
 */
export function scanFields(body: Buffer, visit?: FieldVisitor): JsonField[] {
  const cursor = new JsonCursor(body);
  const fields: JsonField[] = [];
  if (!cursor.enter('object')) {
    cursor.skipValue();
    cursor.expectEnd();
    throw new JsonScanError('not_object', 0, 'JSON, but not an object');
  }
  while (cursor.nextKey()) {
    const name = cursor.string();
    const keyStart = cursor.stringStart;
    const keyEnd = cursor.stringEnd;
    cursor.peek();
    const valueStart = cursor.position;
    if (visit === undefined || !visit(name, cursor)) cursor.skipValue();
    fields.push({ name, keyStart, keyEnd, valueStart, valueEnd: cursor.position });
  }
  cursor.expectEnd();
  return fields;
}

/** The effective field of that name: the last one, as in `JSON.parse`; null if there is none. */
export function lastField(fields: readonly JsonField[], name: string): JsonField | null {
  for (let index = fields.length - 1; index >= 0; index -= 1) {
    const field = fields[index];
    if (field?.name === name) return field;
  }
  return null;
}

/**
 * The parsed value of one field; undefined if the object has no such key. Throws a `GatewayError` `invalid_json` if
 * the value is not JSON, which after a scan only the inside of a string can cause.
 */
export function fieldValue(body: Buffer, fields: readonly JsonField[], name: string): unknown {
  const field = lastField(fields, name);
  if (field === null) return undefined;
  try {
    return JSON.parse(body.toString('utf8', field.valueStart, field.valueEnd));
  } catch {
    throw new GatewayError('invalid_json', `The value of '${name}' is not valid JSON.`, { param: name });
  }
}
