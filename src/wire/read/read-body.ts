import { isUtf8 } from 'node:buffer';
import { GatewayError } from '../../protocol/errors.ts';
import { JsonCursor, JsonScanError } from '../json/cursor.ts';
import { fieldValue, lastField, scanFields, type FieldVisitor, type JsonField } from '../json/scan.ts';
import { finiteNumber } from '../json/value.ts';

/**
 * Bodies up to this many bytes are checked to the last byte. The scan is as strict as `JSON.parse` but for control
 * characters inside strings; only where there are any at all (bodies written over several lines) is the body parsed
 * as well. A large body's strings are for the upstream to judge. The facts of every body come from the scan (50 KB:
 * 11 against 42 µs with a parse).
 */
export const MAX_PARSED_BYTES = 16 * 1024;

const CONTROL_CHARACTER = /[\0-\x1f]/;

/** What an image counts as, in tokens (DESIGN section 5). */
const TOKENS_PER_IMAGE = 1000;
const BYTES_PER_TOKEN = 4;

/**
 * Where the keys of a client's body lie; `visit` may learn from their values on the way. Throws a `GatewayError`
 * `invalid_json` or `invalid_body` for a body that is no JSON object within the limits of API section 1.
 */
export function readFields(body: Buffer, visit: FieldVisitor): readonly JsonField[] {
  if (!isUtf8(body)) throw new GatewayError('invalid_json', 'The body is not UTF-8.');
  try {
    const fields = scanFields(body, visit);
    if (body.length <= MAX_PARSED_BYTES && CONTROL_CHARACTER.test(body.toString('latin1'))) requireJson(body);
    return fields;
  } catch (error) {
    if (error instanceof JsonScanError) throw bodyError(body, error);
    throw error;
  }
}

/** `model`; null when absent, null or empty. Throws `invalid_body` when it is no string or stands there twice. */
export function nameOf(body: Buffer, fields: readonly JsonField[]): string | null {
  refuseRepeated(fields, 'model');
  const model = fieldValue(body, fields, 'model') ?? null;
  if (model !== null && typeof model !== 'string') throw invalidBody('model', "'model' must be a string.");
  return model === '' ? null : model;
}

/** `stream`; false when absent or null. Throws `invalid_body` when it is no boolean or stands there twice. */
export function streamOf(body: Buffer, fields: readonly JsonField[]): boolean {
  refuseRepeated(fields, 'stream');
  const stream = fieldValue(body, fields, 'stream') ?? false;
  if (typeof stream !== 'boolean') throw invalidBody('stream', "'stream' must be true or false.");
  return stream;
}

/**
 * A limit of the reply in tokens; null when absent, null, no number, or `unlimited`, the number that stands for none.
 * Throws `invalid_body` when it is any other number below 0.
 */
export function limitOf(
  body: Buffer,
  fields: readonly JsonField[],
  name: string,
  unlimited: number | null = null,
): number | null {
  const limit = finiteNumber(fieldValue(body, fields, name));
  if (limit === null || limit === unlimited) return null;
  if (limit < 0) throw invalidBody(name, `'${name}' must not be negative.`);
  return limit;
}

/** Bytes of a list of definitions as the client wrote it; 0 when it is absent, empty or no list. */
export function definitionBytes(body: Buffer, fields: readonly JsonField[], name: string): number {
  const field = lastField(fields, name);
  if (field === null || body[field.valueStart] !== 0x5b) return 0;
  const isEmpty = new JsonCursor(body, field.valueStart + 1).peek() === 0x5d;
  return isEmpty ? 0 : field.valueEnd - field.valueStart;
}

/** Tokens of a prompt by the rule of DESIGN section 5: UTF-8 bytes of text ÷ 4, and 1,000 for each image. */
export function estimateTokens(textBytes: number, images: number): number {
  return Math.ceil(textBytes / BYTES_PER_TOKEN) + images * TOKENS_PER_IMAGE;
}

/** The error for a field of a wrong shape. */
export function invalidBody(param: string, message: string): GatewayError {
  return new GatewayError('invalid_body', message, { param });
}

function requireJson(body: Buffer): void {
  try {
    JSON.parse(body.toString('utf8'));
  } catch {
    // The parser's own message quotes the body, which may hold a prompt.
    throw new GatewayError('invalid_json', 'The body is not valid JSON.');
  }
}

function refuseRepeated(fields: readonly JsonField[], name: string): void {
  const first = fields.find((field) => field.name === name);
  if (first !== undefined && lastField(fields, name) !== first) {
    throw invalidBody(name, `'${name}' is given more than once.`);
  }
}

function bodyError(body: Buffer, error: JsonScanError): GatewayError {
  if (body.length === 0) return new GatewayError('invalid_json', 'The body is empty; send a JSON object.');
  switch (error.kind) {
    case 'syntax':
      return new GatewayError('invalid_json', `The body is not valid JSON (at byte ${error.offset}).`);
    case 'not_object':
      return new GatewayError('invalid_body', 'The body must be a JSON object.');
    case 'too_deep':
    case 'array_too_long':
      return new GatewayError('invalid_body', `The body has ${error.message} (at byte ${error.offset}).`);
  }
}
