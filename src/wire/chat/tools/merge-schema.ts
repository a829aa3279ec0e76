import { isJsonObject, type JsonObject } from '../../json/value.ts';

/** Maximum number of schemas that one merge reads: references may repeat each other exponentially. */
const MAX_SCHEMAS = 1000;
/** Maximum number of alternatives that are listed in the description. */
const MAX_LISTED = 12;

/** What a schema says about an object, as far as one object schema can say it. */
interface Shape {
  readonly properties: ReadonlyMap<string, unknown>;
  readonly required: ReadonlySet<string>;
  /** Other properties are not permitted. */
  readonly isClosed: boolean;
}

const ANYTHING: Shape = { properties: new Map(), required: new Set(), isClosed: false };

/**
 * Rewrites a schema with `oneOf`, `anyOf`, `allOf` or `$ref` at its top to one plain object schema: its properties are
 * those of all variants, and required is what every alternative requires. Such a schema permits more than the original,
 * so alternatives that differ in what they require are named in the description. `dropped`: further keys to remove.
 */
export function mergeVariants(schema: JsonObject, dropped: readonly string[]): JsonObject {
  const { properties, required, isClosed } = new Merger(schema).shape(schema);
  const removed = new Set(['oneOf', 'anyOf', 'allOf', '$ref', 'type', 'properties', 'required', ...dropped]);
  const rest = Object.entries(schema).filter(([key]) => !removed.has(key));
  const description = describe(schema);
  return {
    type: 'object',
    ...Object.fromEntries(rest),
    ...(description === null ? null : { description }),
    properties: Object.fromEntries(properties),
    ...(required.size === 0 ? null : { required: [...required] }),
    ...(isClosed ? { additionalProperties: false } : null),
  };
}

class Merger {
  readonly #root: JsonObject;
  #count = 0;

  constructor(root: JsonObject) {
    this.#root = root;
  }

  shape(schema: JsonObject): Shape {
    this.#count += 1;
    if (this.#count > MAX_SCHEMAS) return ANYTHING;
    const shapes = [own(schema)];
    const target = this.#resolve(schema['$ref']);
    if (target !== null) shapes.push(this.shape(target));
    for (const variant of objectSchemas(schema['allOf'])) shapes.push(this.shape(variant));
    for (const key of ['anyOf', 'oneOf']) {
      const variants = objectSchemas(schema[key]).map((variant) => this.shape(variant));
      if (variants.length > 0) shapes.push(either(variants, shapes[0]?.properties ?? new Map()));
    }
    return shapes.reduce(both);
  }

  /** Only references within the schema, in the two places where generators put definitions. */
  #resolve(ref: unknown): JsonObject | null {
    if (typeof ref !== 'string') return null;
    const found = /^#\/(\$defs|definitions)\/([^/]+)$/.exec(ref);
    const definitions = found?.[1] === undefined ? null : this.#root[found[1]];
    const name = found?.[2]?.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isJsonObject(definitions) || name === undefined || !Object.hasOwn(definitions, name)) return null;
    const target = definitions[name];
    return isJsonObject(target) ? target : null;
  }
}

function own({ properties, required, additionalProperties }: JsonObject): Shape {
  return {
    properties: new Map(isJsonObject(properties) ? Object.entries(properties) : []),
    required: new Set(names(required)),
    isClosed: additionalProperties === false,
  };
}

/** Both shapes apply. */
function both(one: Shape, other: Shape): Shape {
  const properties = new Map(one.properties);
  for (const [name, schema] of other.properties) {
    properties.set(name, properties.has(name) ? conjunction(properties.get(name), schema) : schema);
  }
  return {
    properties,
    required: new Set([...one.required, ...other.required]),
    isClosed: one.isClosed || other.isClosed,
  };
}

/**
 * One of the shapes applies. A property that the schema itself declares is left to it unless every alternative
 * restricts it, since one alternative's restriction must not apply to the others.
 */
function either(shapes: readonly Shape[], declared: ReadonlyMap<string, unknown>): Shape {
  const schemas = new Map<string, unknown[]>();
  for (const { properties } of shapes) {
    for (const [name, schema] of properties) {
      const known = schemas.get(name);
      if (known === undefined) schemas.set(name, [schema]);
      else known.push(schema);
    }
  }
  const properties = new Map<string, unknown>();
  for (const [name, all] of schemas) {
    if (all.length === shapes.length || !declared.has(name)) properties.set(name, disjunction(all));
  }
  const [first, ...others] = shapes;
  const common = [...(first?.required ?? [])].filter((name) =>
    others.every((each) => each.required.has(name)),
  );
  return { properties, required: new Set(common), isClosed: shapes.every(({ isClosed }) => isClosed) };
}

/** Keywords of a schema all apply, so two schemas without a common keyword can be one. */
function conjunction(one: unknown, other: unknown): unknown {
  if (JSON.stringify(one) === JSON.stringify(other)) return one;
  if (!isJsonObject(one) || !isJsonObject(other)) return isJsonObject(one) ? one : other;
  const isDisjoint = Object.entries(other).every(
    ([key, value]) => !Object.hasOwn(one, key) || JSON.stringify(one[key]) === JSON.stringify(value),
  );
  return isDisjoint ? { ...one, ...other } : { allOf: [one, other] };
}

function disjunction(schemas: readonly unknown[]): unknown {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return distinct.length === 1 ? distinct[0] : { anyOf: distinct };
}

/** The variants that an object can match. */
function objectSchemas(variants: unknown): JsonObject[] {
  if (!Array.isArray(variants)) return [];
  return variants.filter((variant: unknown): variant is JsonObject => {
    if (!isJsonObject(variant)) return false;
    const type = variant['type'] ?? 'object';
    return type === 'object' || (Array.isArray(type) && type.includes('object'));
  });
}

/** The description with the alternatives that the schema no longer expresses; null: nothing to describe. */
function describe(schema: JsonObject): string | null {
  const groups = [...objectSchemas(schema['anyOf']), ...objectSchemas(schema['oneOf'])]
    .map(({ required }) => names(required))
    .filter((group) => group.length > 0)
    .map((group) => `(${group.join(', ')})`);
  if (groups.length < 2 || groups.length > MAX_LISTED) return null;
  const { description } = schema;
  const before = typeof description === 'string' && description !== '' ? `${description}\n\n` : '';
  return `${before}Set the properties of one of these groups: ${groups.join(', ')}.`;
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((name): name is string => typeof name === 'string') : [];
}
