import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { generate } from '../../src/demo/generate.ts';

type Schema = Record<string, unknown>;

const TEXT = 'laneway-practice';

/** Is the value valid for a validator that is independent of the generator? */
function isValid(schema: Schema, value: unknown): boolean {
  return z.fromJSONSchema(schema).safeParse(value).success;
}

const text: fc.Arbitrary<Schema> = fc.oneof(
  fc
    .record({ minLength: fc.nat(40), maxLength: fc.integer({ min: 40, max: 60 }) }, { requiredKeys: [] })
    .map((limits): Schema => ({ type: 'string', ...limits })),
  fc
    .constantFrom('date-time', 'date', 'email', 'uuid', 'uri', 'ipv4')
    .map((format): Schema => ({ type: 'string', format })),
);
const integer = fc
  .tuple(fc.integer({ min: -50, max: 50 }), fc.nat(30), fc.constantFrom(1, 2, 5))
  .map(([minimum, more, multipleOf]): Schema => ({
    type: 'integer',
    minimum,
    maximum: minimum + more + 5,
    multipleOf,
  }));
const number = fc
  .record(
    { exclusiveMinimum: fc.integer({ min: -9, max: 9 }), maximum: fc.integer({ min: 10, max: 12 }) },
    { requiredKeys: [] },
  )
  .map((limits): Schema => ({ type: 'number', ...limits }));
const literal: fc.Arbitrary<Schema> = fc.oneof(
  fc.array(fc.string(), { minLength: 1, maxLength: 4 }).map((values): Schema => ({ enum: values })),
  fc.constantFrom<Schema>(
    { const: 'x' },
    { const: 7 },
    { type: 'boolean' },
    { type: 'null' },
    { type: ['null', 'integer'] },
  ),
);

const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(text, integer, number, literal),
    fc
      .tuple(fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('schema'), { maxKeys: 4 }), fc.boolean())
      .map(([properties, all]): Schema => ({
        type: 'object',
        properties,
        additionalProperties: false,
        ...(all ? { required: Object.keys(properties) } : {}),
      })),
    fc
      .tuple(tie('schema'), fc.nat(3))
      .map(([items, minItems]): Schema => ({ type: 'array', items, minItems, maxItems: minItems + 2 })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf): Schema => ({ anyOf })),
  ),
}));

test('generated values are valid for their schema, and deterministic', () => {
  fc.assert(
    fc.property(schema, (wanted) => {
      const value = generate(wanted);
      expect(isValid(wanted, value), JSON.stringify({ wanted, value })).toBe(true);
      expect(generate(wanted)).toEqual(value);
    }),
    { numRuns: 500 },
  );
});

test('references are resolved, and a recursive schema ends', () => {
  const tree = {
    $defs: {
      node: {
        type: 'object',
        properties: {
          label: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
          parent: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        },
        required: ['label', 'children', 'parent'],
        additionalProperties: false,
      },
    },
    $ref: '#/$defs/node',
  };
  const value = generate(tree);
  expect(isValid(tree, value)).toBe(true);
  expect(value).toMatchObject({ label: TEXT, children: [{ label: TEXT }] });
});

test.each<[string, Schema, unknown]>([
  ['a constant', { const: 3 }, 3],
  ['the first choice', { type: 'string', enum: ['b', 'a'] }, 'b'],
  ['the default of a text with a pattern', { type: 'string', pattern: '^[A-Z]{3}$', default: 'PAR' }, 'PAR'],
  [
    'the first example of a text with a pattern',
    { type: 'string', pattern: '^[A-Z]{3}$', examples: ['LON', 'PAR'] },
    'LON',
  ],
  ['a text that matches its pattern', { type: 'string', pattern: '^\\d{3}$' }, '000'],
  ['no default without a pattern', { type: 'string', default: 'x', examples: ['y'] }, TEXT],
  ['properties that it must have', { type: 'object', minProperties: 1 }, { practice_1: TEXT }],
  ['text without a type', {}, TEXT],
  ['an object without a type', { properties: { a: { type: 'integer' } } }, { a: 1 }],
  [
    'required properties alone',
    { type: 'object', properties: { a: {}, b: { const: 1 } }, required: ['b'] },
    { b: 1 },
  ],
  ['a required property that is not described', { type: 'object', required: ['b'] }, { b: TEXT }],
  [
    'parts of allOf',
    { allOf: [{ properties: { a: { const: 1 } } }, { properties: { b: { const: 2 } } }] },
    { a: 1, b: 2 },
  ],
  ['a tuple', { type: 'array', prefixItems: [{ const: 1 }, { const: 'x' }], items: false }, [1, 'x']],
  [
    'items that differ',
    { type: 'array', items: { type: 'integer' }, minItems: 3, uniqueItems: true },
    [1, 2, 3],
  ],
  [
    'oneOf with properties',
    { type: 'object', properties: { a: { const: 1 } }, oneOf: [{ required: ['a'] }] },
    { a: 1 },
  ],
  ['a step between narrow limits', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.5 }, 0.25],
])('%s', (_, wanted, value) => {
  expect(generate(wanted)).toEqual(value);
});

test('a pattern that takes exponential time is not matched with long texts', () => {
  const started = performance.now();
  generate({ type: 'string', pattern: '^(.+)+!$', minLength: 60 });
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(generate({ type: 'string', pattern: '^[A-Z]+(_[A-Z]+)*$' })).toBe('PRACTICE');
});

test('an endlessly recursive schema gives up instead of hanging', () => {
  const endless = {
    $defs: {
      a: {
        type: 'object',
        properties: { x: { $ref: '#/$defs/a' }, y: { $ref: '#/$defs/a' } },
        required: ['x', 'y'],
      },
    },
    $ref: '#/$defs/a',
  };
  expect(JSON.stringify(generate(endless)).length).toBeLessThan(20_000);
  expect(generate({ $ref: '#' })).toBeNull();
  expect(generate({ type: 'array', minItems: 1e9 })).toHaveLength(5_000);
});
