import { GatewayError } from '../../../protocol/errors.ts';
import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** String formats that the API can enforce. */
const STRING_FORMATS: ReadonlySet<unknown> = new Set([
  ...['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid'],
]);

/** Keys that combine several schemas; the first one found is used. */
const COMBINED = ['anyOf', 'oneOf', 'allOf'] as const;

/**
 * Converts a JSON schema to the subset that structured outputs accept (wire case 96), by the rules of Anthropic's SDK
 * (`lib/transform-json-schema.js`): objects are closed, `oneOf` becomes `anyOf`, and constraints that the API cannot
 * enforce are moved to the description, where the model reads them. Throws a `GatewayError` `unsupported_parameter`
 * with `param` for a schema without a type.
 */
export function transformSchema(schema: JsonObject, param: string): JsonObject {
  const { $defs, definitions, $ref, ...rest } = schema;
  const out: Record<string, unknown> = {};
  if (isJsonObject($defs)) out['$defs'] = mapSchemas($defs, param);
  if (isJsonObject(definitions)) out['definitions'] = mapSchemas(definitions, param);
  if ($ref !== undefined) return { ...out, $ref };
  return { ...out, ...transformBare(rest, param) };
}

function mapSchemas(schemas: JsonObject, param: string): JsonObject {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, transformAny(schema, param)]),
  );
}

function transformAny(schema: unknown, param: string): JsonObject {
  if (!isJsonObject(schema)) throw untyped(param);
  return transformSchema(schema, param);
}

function transformBare(schema: JsonObject, param: string): JsonObject {
  const { $schema: _dialect, title, description, ...left } = schema;
  const rest: Record<string, unknown> = left;
  const out: Record<string, unknown> = {};
  const annotations = {
    ...(title === undefined ? {} : { title }),
    ...(typeof description === 'string' ? { description } : {}),
  };
  const shape = takeLiterals(rest) ?? takeCombination(rest, param) ?? takeType(rest, param);
  Object.assign(out, shape, annotations);
  const unenforced = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  if (unenforced.length > 0) {
    const before = typeof description === 'string' ? `${description}\n\n` : '';
    out['description'] = `${before}{${unenforced.join(', ')}}`;
  }
  return out;
}

/** `enum` and `const` of plain values replace the type. */
function takeLiterals(rest: Record<string, unknown>): JsonObject | null {
  const out: Record<string, unknown> = {};
  const values = rest['enum'];
  if (Array.isArray(values) && values.length > 0 && values.every(isPlain)) out['enum'] = take(rest, 'enum');
  if (rest['const'] !== undefined && isPlain(rest['const'])) out['const'] = take(rest, 'const');
  if (Object.keys(out).length === 0) return null;
  delete rest['type'];
  return out;
}

function takeCombination(rest: Record<string, unknown>, param: string): JsonObject | null {
  const types = rest['type'];
  if (Array.isArray(types) && types.some((type) => type === 'object' || type === 'array')) {
    return { anyOf: types.map((type: unknown) => variantOf(rest, type, param)) };
  }
  const found = COMBINED.find((key) => Array.isArray(rest[key]));
  if (found === undefined) return null;
  const variants = take(rest, found) as readonly unknown[];
  delete rest['type'];
  return {
    [found === 'allOf' ? 'allOf' : 'anyOf']: variants.map((variant) => transformAny(variant, param)),
  };
}

/** The schema of one of several types, with the keys that apply to it. */
function variantOf(rest: Record<string, unknown>, type: unknown, param: string): JsonObject {
  const keys = type === 'object' ? ['properties', 'required'] : type === 'array' ? ['items', 'minItems'] : [];
  const variant: Record<string, unknown> = { type };
  for (const key of keys) if (rest[key] !== undefined) variant[key] = take(rest, key);
  delete rest['type'];
  if (type === 'object') delete rest['additionalProperties'];
  return takeType(variant, param);
}

function takeType(rest: Record<string, unknown>, param: string): JsonObject {
  const type = take(rest, 'type') ?? (isJsonObject(rest['properties']) ? 'object' : undefined);
  if (type === undefined) throw untyped(param);
  if (type === 'object') return { type, ...takeObject(rest, param) };
  if (type === 'array') return { type, ...takeArray(rest, param) };
  return type === 'string' && STRING_FORMATS.has(rest['format'])
    ? { type, format: take(rest, 'format') }
    : { type };
}

/** A closed object, the only kind that the API accepts. */
function takeObject(rest: Record<string, unknown>, param: string): JsonObject {
  const properties = take(rest, 'properties');
  delete rest['additionalProperties'];
  const required = take(rest, 'required');
  return {
    properties: isJsonObject(properties) ? mapSchemas(properties, param) : {},
    additionalProperties: false,
    ...(required === undefined ? {} : { required }),
  };
}

function takeArray(rest: Record<string, unknown>, param: string): JsonObject {
  const items = take(rest, 'items');
  const few = rest['minItems'] === 0 || rest['minItems'] === 1 ? { minItems: take(rest, 'minItems') } : {};
  return { ...(items === undefined ? {} : { items: transformAny(items, param) }), ...few };
}

function take(rest: Record<string, unknown>, key: string): unknown {
  const value = rest[key];
  delete rest[key];
  return value;
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object';
}

function untyped(param: string): GatewayError {
  return new GatewayError(
    'unsupported_parameter',
    `Every part of a JSON schema for this model's API needs a 'type', or 'anyOf', 'oneOf', 'allOf', 'enum' or 'const'.`,
    { param },
  );
}
