import { elements, fields, flag, text } from '../util/json-fields.ts';

type Schema = Readonly<Record<string, unknown>>;

/** Up to this depth of nested references all properties are generated; below it only the required ones. */
const WHOLE_DEPTH = 2;
/** Below this depth values are null, so that an endlessly recursive schema ends. */
const MAX_DEPTH = 6;
/** The most values generated for one schema. */
const MAX_VALUES = 5_000;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT1S',
  email: 'practice@example.com',
  hostname: 'example.com',
  ipv4: '127.0.0.1',
  ipv6: '::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/**
 * Generates a value that is valid for a JSON schema, deterministic for a question: `const`, the first of `enum`, the
 * `default` or the first of `examples` if present; else the smallest number, the question as text, a list of one item,
 * and an object of the required properties (all properties without `required`). A `pattern` is ignored: texts that must
 * match one need a default or an example.
 */
export function generate(schema: Schema, question: string): unknown {
  return new Generator(schema, question).value(schema, 0, 0);
}

class Generator {
  readonly #root: Schema;
  readonly #question: string;
  #values = 0;

  constructor(root: Schema, question: string) {
    this.#root = root;
    this.#question = question;
  }

  /** `depth` counts nested references; `nth` is the index within a list. */
  value(raw: unknown, depth: number, nth: number): unknown {
    this.#values += 1;
    const schema = mergeAll(fields(raw));
    if (this.#values > MAX_VALUES || depth > MAX_DEPTH) return null;
    const { $ref: reference, enum: choices } = schema;
    if (typeof reference === 'string') return this.value(this.#resolve(reference), depth + 1, nth);
    if (schema.const !== undefined) return schema.const;
    const listed = elements(choices) ?? [];
    if (listed.length > 0) return listed[nth % listed.length];
    if (nth === 0 && schema.default !== undefined) return schema.default;
    const [example] = elements(schema.examples) ?? [];
    if (nth === 0 && example !== undefined) return example;
    const variants = elements(schema.anyOf) ?? elements(schema.oneOf) ?? [];
    if (variants.length > 0) return this.value(this.#variant(schema, variants, depth), depth, nth);
    return this.#typed(schema, typeOf(schema), depth, nth);
  }

  #typed(schema: Schema, type: string, depth: number, nth: number): unknown {
    switch (type) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#array(schema, depth);
      case 'number':
      case 'integer':
        return numberOf(schema, type, nth);
      case 'boolean':
        return nth % 2 === 0;
      case 'null':
        return null;
      default:
        return this.#text(schema, nth);
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

  #object(schema: Schema, depth: number): object {
    const properties = fields(schema.properties);
    const all = depth > WHOLE_DEPTH ? [] : Object.keys(properties);
    const names = elements(schema.required)?.filter((name) => typeof name === 'string') ?? all;
    const entries = names.map((name) => {
      const property = properties[name] ?? schema.additionalProperties;
      return [name, this.value(property, depth, 0)] as const;
    });
    return Object.fromEntries(entries);
  }

  #array(schema: Schema, depth: number): unknown[] {
    const tuple = elements(schema.prefixItems) ?? [];
    const least = numeric(schema.minItems) ?? 0;
    const most = numeric(schema.maxItems) ?? Infinity;
    const wanted =
      depth > WHOLE_DEPTH ? least : Math.max(least, tuple.length, flag(schema.items) === false ? 0 : 1);
    const length = Math.min(wanted, most, MAX_VALUES);
    return Array.from({ length }, (_, nth) => this.value(tuple[nth] ?? schema.items, depth, nth));
  }

  #text(schema: Schema, nth: number): string {
    const format = FORMATS[text(schema.format) ?? ''];
    if (format !== undefined) return format;
    const base = this.#question === '' ? 'practice' : this.#question;
    const characters = [...(nth === 0 ? base : `${nth + 1} ${base}`)];
    const least = numeric(schema.minLength) ?? 0;
    const most = numeric(schema.maxLength) ?? Infinity;
    return (
      characters.slice(0, most).join('') +
      '.'.repeat(Math.min(MAX_VALUES, Math.max(0, least - characters.length)))
    );
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

/** 1, or the nearest number within the limits; the items of a list count up. */
function numberOf(schema: Schema, type: string, nth: number): number {
  const step = numeric(schema.multipleOf) ?? 1;
  const whole = type === 'integer' || schema.multipleOf !== undefined;
  const above = numeric(schema.exclusiveMinimum);
  const below = numeric(schema.exclusiveMaximum);
  const least = above === null ? (numeric(schema.minimum) ?? -Infinity) : above + (whole ? step : step / 2);
  const most = below === null ? (numeric(schema.maximum) ?? Infinity) : below - (whole ? step : step / 2);
  if (!whole && least > most) return ((above ?? least) + (below ?? most)) / 2;
  const first = Math.max(Math.min(1, most), least);
  if (!whole) return Math.min(first + nth * step, most);
  const nearest = Math.ceil(first / step) * step;
  return countFrom(nearest > most ? Math.floor(most / step) * step : nearest, nth, { least, most, step });
}

/** `start` plus `nth` steps, wrapping around from the maximum to the minimum. */
function countFrom(
  start: number,
  nth: number,
  { least, most, step }: { readonly least: number; readonly most: number; readonly step: number },
): number {
  const up = start + nth * step;
  if (up <= most) return up;
  if (least === -Infinity) return start - nth * step;
  const lowest = Math.ceil(least / step) * step;
  const places = Math.max(1, Math.floor((most - lowest) / step) + 1);
  return lowest + (((start - lowest) / step + nth) % places) * step;
}

function numeric(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
