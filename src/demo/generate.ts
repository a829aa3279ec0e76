import { elements, fields, flag } from '../util/json-fields.ts';
import { inertNumber, numeric } from './inert-number.ts';
import { inertText } from './inert-text.ts';
import { isGuard, leastHarmful } from './property-names.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Up to this depth of nested references all properties are generated; below it only the required ones. */
const WHOLE_DEPTH = 2;
/** Below this depth values are null, so that an endlessly recursive schema ends. */
const MAX_DEPTH = 6;
/** The most values generated for one schema. */
const MAX_VALUES = 5_000;

/**
 * Generates a value that is valid for a JSON schema and harmless to act on: the same for the same schema, with nothing of
 * the request's own text. `const`, a choice of `enum`, the number 1, `false`, a fixed text for the kind of thing
 * that the property's name means (`inertText`), a list of one item, and an object of the required properties (all
 * properties without `required`). Defaults and examples do something, and are used only for a text with a `pattern`.
 */
export function generate(schema: Schema): unknown {
  return new Generator(schema).value(schema, NOWHERE);
}

/** Where a value belongs. */
interface Place {
  /** Nested references around it. */
  readonly depth: number;
  /** Its index in a list. */
  readonly nth: number;
  /** Its property, or that of the list around it; '' for none. */
  readonly name: string;
}

const NOWHERE: Place = { depth: 0, nth: 0, name: '' };

class Generator {
  readonly #root: Schema;
  #values = 0;

  constructor(root: Schema) {
    this.#root = root;
  }

  value(raw: unknown, place: Place): unknown {
    this.#values += 1;
    const schema = mergeAll(fields(raw));
    const { depth, nth } = place;
    if (this.#values > MAX_VALUES || depth > MAX_DEPTH) return null;
    const { $ref: reference } = schema;
    if (typeof reference === 'string')
      return this.value(this.#resolve(reference), { ...place, depth: depth + 1 });
    if (schema.const !== undefined) return schema.const;
    const choices = leastHarmful(elements(schema.enum) ?? []);
    if (choices.length > 0) return choices[nth % choices.length];
    const variants = elements(schema.anyOf) ?? elements(schema.oneOf) ?? [];
    if (variants.length > 0) return this.value(this.#variant(schema, variants, depth), place);
    return this.#typed(schema, typeOf(schema), place);
  }

  #typed(schema: Schema, type: string, place: Place): unknown {
    const { nth, name } = place;
    switch (type) {
      case 'object':
        return this.#object(schema, place);
      case 'array':
        return this.#array(schema, place);
      case 'number':
      case 'integer':
        return inertNumber({ ...schema, type }, name, nth);
      case 'boolean':
        return isGuard(name) ? nth % 2 === 0 : nth % 2 === 1;
      case 'null':
        return null;
      default:
        return inertText(schema, name, nth);
    }
  }

  /** The first variant; deep inside, one that ends the recursion: null, or one without a reference. */
  #variant(schema: Schema, variants: readonly unknown[], depth: number): Schema {
    const plain = variants.map(fields);
    const ending =
      plain.find((variant) => variant.type === 'null') ?? plain.find(({ $ref }) => $ref === undefined);
    const chosen = (depth > WHOLE_DEPTH ? ending : undefined) ?? plain[0];
    const { anyOf: _any, oneOf: _one, ...around } = schema;
    return mergeAll({ allOf: [around, chosen] });
  }

  #object(schema: Schema, { depth }: Place): object {
    const properties = fields(schema.properties);
    const known = Object.keys(properties);
    const required = elements(schema.required)?.filter((name) => typeof name === 'string');
    const names = new Set(required ?? (depth > WHOLE_DEPTH ? [] : known));
    for (const name of known) if (isGuard(name)) names.add(name);
    const least = Math.min(numeric(schema.minProperties) ?? 0, MAX_VALUES);
    for (const name of known) if (names.size < least) names.add(name);
    for (let more = 1; names.size < least; more += 1) names.add(`practice_${more}`);
    const entries = Array.from(names, (name) => {
      const property = properties[name] ?? schema.additionalProperties;
      return [name, this.value(property, { depth, nth: 0, name })] as const;
    });
    return Object.fromEntries(entries);
  }

  #array(schema: Schema, { depth, name }: Place): unknown[] {
    const tuple = elements(schema.prefixItems) ?? [];
    const least = numeric(schema.minItems) ?? 0;
    const most = numeric(schema.maxItems) ?? Infinity;
    const wanted =
      depth > WHOLE_DEPTH ? least : Math.max(least, tuple.length, flag(schema.items) === false ? 0 : 1);
    const length = Math.min(wanted, most, MAX_VALUES);
    return Array.from({ length }, (_, nth) => this.value(tuple[nth] ?? schema.items, { depth, nth, name }));
  }

  /** Resolves `#/$defs/name`; a reference to another document allows anything. */
  #resolve(reference: string): unknown {
    if (!reference.startsWith('#')) return {};
    let found: unknown = this.#root;
    for (const step of reference.split('/').slice(1)) {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      found = elements(found)?.[Number(key)] ?? fields(found)[key];
    }
    return found;
  }
}

/** Merges the parts of `allOf`; properties and required names accumulate. */
function mergeAll(schema: Schema): Schema {
  const { allOf, ...own } = schema;
  const parts = elements(allOf);
  if (parts === null) return schema;
  let merged: Record<string, unknown> = own;
  for (const part of parts) {
    const next = mergeAll(fields(part));
    const properties = { ...fields(merged.properties), ...fields(next.properties) };
    const required = [...(elements(merged.required) ?? []), ...(elements(next.required) ?? [])];
    merged = { ...merged, ...next };
    if (Object.keys(properties).length > 0) merged.properties = properties;
    if (required.length > 0) merged.required = [...new Set(required)];
  }
  return merged;
}

/** The first type that is not `null`; without a type, the one that the other keywords imply. */
function typeOf(schema: Schema): string {
  const types = elements(schema.type) ?? [schema.type];
  const named = types.find((type) => typeof type === 'string' && type !== 'null') ?? types[0];
  if (typeof named === 'string') return named;
  if (schema.properties !== undefined || schema.required !== undefined) return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array';
  return numeric(schema.minimum ?? schema.maximum) === null ? 'string' : 'number';
}
