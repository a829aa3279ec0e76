import { z } from 'zod';
import { isList, isObject, mapObject, type Json, type JsonObject } from '../files/json.ts';
import { KEY_DESCRIPTIONS, SHARED_DESCRIPTIONS } from './key-descriptions.ts';
import { fileSchema } from './schema.ts';

/**
 * The JSON Schema of configuration files, for completion in editors: `npm run schema` writes it to
 * `config/schema.json`. Draft 7, which all editors support. Every key may be null, since null removes the value of a
 * weaker layer.
 */
export function configJsonSchema(): JsonObject {
  const made = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' });
  // The round trip removes undefined values and objects without a prototype.
  const schema = complete(JSON.parse(JSON.stringify(made)) as JsonObject, []);
  return { title: 'Configuration of Laneway', ...schema };
}

function complete(schema: JsonObject, path: readonly string[]): JsonObject {
  return mapObject(schema, (value, key) => {
    if (key === 'properties' && isObject(value)) {
      return mapObject(value, (part, name) => described(part, [...path, name]));
    }
    if (key === 'additionalProperties' && isObject(value)) return described(value, [...path, '*']);
    // Redundant: every key of a JSON object is a string.
    if (key === 'propertyNames') return undefined;
    if (key === 'default' && isObject(value)) return undefined;
    if (key === 'default' && isList(value) && value.length === 0) return undefined;
    return value;
  });
}

function described(schema: Json, path: readonly string[]): Json {
  if (!isObject(schema)) return schema;
  const text = KEY_DESCRIPTIONS[path.join('.')] ?? SHARED_DESCRIPTIONS[path.slice(-2).join('.')];
  const completed = nullable(complete(schema, path));
  return text === undefined ? completed : { description: text, ...completed };
}

/** Schemas without a type (request parameters) already allow null. */
function nullable(schema: JsonObject): JsonObject {
  const { type, anyOf } = schema;
  const allowed = isList(schema['enum']) ? { enum: [...schema['enum'], null] } : {};
  if (isList(anyOf)) return { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  return typeof type === 'string' ? { ...schema, type: [type, 'null'], ...allowed } : schema;
}
