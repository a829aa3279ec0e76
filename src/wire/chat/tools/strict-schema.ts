import { isJsonObject } from '../../json/value.ts';

/** Keys of a schema in OpenAI's strict subset whose values are not schemas. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['type', 'required', 'enum', 'const', '$ref', 'title', 'description', 'pattern', 'format', 'multipleOf'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'minItems', 'maxItems'],
]);

/**
 * Does OpenAI accept this schema with `strict: true`? Every object must be closed and require all of its properties
 * (platform.openai.com/docs, "Structured Outputs", "Supported schemas"). A schema with any other key counts as no.
 */
export function isStrictSchema(schema: unknown): boolean {
  return isJsonObject(schema) && schema['type'] === 'object' && isStrict(schema);
}

function isStrict(schema: unknown): boolean {
  if (!isJsonObject(schema)) return false;
  const { type, properties, required, additionalProperties } = schema;
  if (type === 'object' || properties !== undefined) {
    if (additionalProperties !== false || !isJsonObject(properties)) return false;
    const names = Array.isArray(required) ? (required as readonly unknown[]) : [];
    if (!Object.keys(properties).every((name) => names.includes(name))) return false;
  }
  return Object.entries(schema).every(([key, value]) => isStrictKey(key, value));
}

function isStrictKey(key: string, value: unknown): boolean {
  switch (key) {
    case 'properties':
    case '$defs':
    case 'definitions':
      return isJsonObject(value) && Object.values(value).every(isStrict);
    case 'anyOf':
      return Array.isArray(value) && value.every(isStrict);
    case 'items':
      return isStrict(value);
    case 'additionalProperties':
      return value === false;
    default:
      return PLAIN.has(key);
  }
}
