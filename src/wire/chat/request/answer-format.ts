import type { AnswerFormat } from '../../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';

/** OpenAI requires a name; other servers of this wire do not. */
const UNNAMED = 'response';

/**
 * Reads `response_format`; null for free text. llama.cpp's `json_object` with a `schema` is read as a JSON schema.
 * Throws `unsupported_parameter` for other types, such as a grammar, and `invalid_body` for a wrong shape.
 */
export function readFormat(value: unknown, path: string): AnswerFormat | null {
  if (!isJsonObject(value)) throw invalidField(path, 'an object with a type');
  switch (value['type']) {
    case 'text':
      return null;
    case 'json_object':
      return isJsonObject(value['schema']) ? readSchema(value, path) : { type: 'json-object' };
    case 'json_schema':
      return readSchema(value['json_schema'], `${path}.json_schema`);
    default:
      throw untranslatableField(`${path}.type`, "Use 'text', 'json_object' or 'json_schema'.");
  }
}

/** Reads a JSON schema with its `name`, `description` and `strict`. Throws `invalid_body` for a wrong shape. */
export function readSchema(value: unknown, path: string): AnswerFormat {
  if (!isJsonObject(value)) throw invalidField(path, 'an object with a schema');
  const { strict } = value;
  return {
    type: 'json-schema',
    name: filledString(value['name']) ?? UNNAMED,
    description: filledString(value['description']),
    schema: schemaOf(value, path),
    strict: typeof strict === 'boolean' ? strict : null,
  };
}

function schemaOf(value: JsonObject, path: string): JsonObject {
  const schema = value['schema'] ?? {};
  if (!isJsonObject(schema)) throw invalidField(`${path}.schema`, 'an object');
  return schema;
}
