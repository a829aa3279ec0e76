import { hash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../json/value.ts';
import { mergeVariants } from './merge-schema.ts';

/** What a server requires of the schemas of tools. */
export interface SchemaRules {
  /** Keywords that it refuses at the top of a schema. If there are any, it wants a plain object schema there. */
  readonly refusedAtTop: readonly string[];
  /** An object schema needs `properties`, even if they are empty. */
  readonly needsProperties: boolean;
  /** Maximum length of a property's name, in characters of `A-Za-z0-9_.-`; null: no restriction. */
  readonly keyLength: number | null;
}

/** A schema that a server accepts. */
export interface FittedSchema {
  /** The given object itself if nothing had to be changed. */
  readonly schema: JsonObject;
  /** Keywords at the top that were merged or dropped: the schema permits more than the client's. */
  readonly loosened: readonly string[];
  /** The client's property names by the names that are sent; null: no name was changed. */
  readonly keys: ReadonlyMap<string, string> | null;
}

const UNUSUAL = /[^A-Za-z0-9_.-]/g;
const HASH_DIGITS = 8;

/** Fits a tool's schema to a server; `schema` is null if the tool has none (wire cases 72, 73). */
export function fitSchema(given: JsonObject | null, rules: SchemaRules): FittedSchema {
  if (given === null) {
    return { schema: { type: 'object', properties: {} }, loosened: [], keys: null };
  }
  const loosened = rules.refusedAtTop.filter((key) => Object.hasOwn(given, key));
  const isPlain = rules.refusedAtTop.length === 0 || (loosened.length === 0 && !isIndirect(given));
  const schema = withProperties(isPlain ? given : mergeVariants(given, rules.refusedAtTop), rules);
  return { loosened, ...fitKeys(schema, rules.keyLength) };
}

/** A reference, or an object that may also be null: neither is an object schema in the words of the vendors. */
function isIndirect({ $ref, type }: JsonObject): boolean {
  return $ref !== undefined || (Array.isArray(type) && type.includes('object'));
}

/** A schema of another type than an object stays as it is: the server's error explains it. */
function withProperties(schema: JsonObject, { needsProperties }: SchemaRules): JsonObject {
  const type = schema['type'] ?? 'object';
  if (type !== 'object') return schema;
  const isTyped = schema['type'] === type;
  const isComplete = isJsonObject(schema['properties']) || (!needsProperties && isTyped);
  if (isTyped && isComplete) return schema;
  return { ...schema, type, ...(isComplete ? null : { properties: {} }) };
}

/** Anthropic checks the names at the top only (decocms/studio#6874). */
function fitKeys(schema: JsonObject, keyLength: number | null): Pick<FittedSchema, 'schema' | 'keys'> {
  const { properties, required } = schema;
  if (keyLength === null || !isJsonObject(properties)) return { schema, keys: null };
  const keys = new Map<string, string>();
  const renamed = Object.entries(properties).map(([name, value]) => {
    const sent = fitKey(name, keyLength);
    if (sent !== name) keys.set(sent, name);
    return [sent, value] as const;
  });
  if (keys.size === 0) return { schema, keys: null };
  const fitted = { ...schema, properties: Object.fromEntries(renamed) };
  if (!Array.isArray(required)) return { schema: fitted, keys };
  const names = required.map((name: unknown) => (typeof name === 'string' ? fitKey(name, keyLength) : name));
  return { schema: { ...fitted, required: names }, keys };
}

/** The name depends only on the client's, so that it is the same in every request of a conversation. */
function fitKey(name: string, keyLength: number): string {
  const clean = name.replace(UNUSUAL, '_');
  if (clean === name && name !== '' && name.length <= keyLength) return name;
  const digits = hash('sha256', name, 'hex').slice(0, HASH_DIGITS);
  return `${clean.slice(0, keyLength - HASH_DIGITS - 1)}_${digits}`;
}
