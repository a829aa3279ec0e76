import type { AnswerFormat, ReasoningEffort, ReasoningRequest } from '../../../protocol/chat.ts';
import { filledString, isJsonObject, type JsonObject } from '../../json/value.ts';
import { invalidField, untranslatableField } from '../../fields/field-error.ts';

/** OpenAI requires a name; other servers of this wire do not. */
const UNNAMED = 'response';

const EFFORTS: ReadonlyMap<unknown, ReasoningEffort | null> = new Map<unknown, ReasoningEffort | null>([
  ['none', 'none'],
  ['minimal', 'minimal'],
  ['low', 'low'],
  ['medium', 'medium'],
  ['high', 'high'],
  ['xhigh', 'xhigh'],
  ['max', 'max'],
  // Groq: the model decides.
  ['default', null],
  // Ollama: above xhigh.
  ['ultra', 'max'],
]);

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

/** Reads `reasoning_effort`; null when it leaves the effort to the model. Throws `invalid_body` for unknown values. */
export function readEffort(value: unknown, path: string): ReasoningRequest | null {
  const effort = EFFORTS.get(value);
  if (effort === undefined) {
    throw invalidField(path, "'none', 'minimal', 'low', 'medium', 'high', 'xhigh' or 'max'");
  }
  return effort === null ? null : { effort, budgetTokens: null, display: null };
}

/** Reads Ollama's `think`: whether to think, or a level. Clients send it in this wire, too. */
export function readThink(value: unknown, path: string): ReasoningRequest | null {
  if (typeof value !== 'boolean') return readEffort(value, path);
  return { effort: value ? 'medium' : 'none', budgetTokens: null, display: null };
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
