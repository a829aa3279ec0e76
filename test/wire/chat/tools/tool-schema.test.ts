import { describe, expect, test } from 'vitest';
import { fitSchema, type SchemaRules } from '../../../../src/wire/chat/tools/tool-schema.ts';

const STRICT: SchemaRules = {
  refusedAtTop: ['oneOf', 'anyOf', 'allOf', 'enum', 'not'],
  needsProperties: true,
  keyLength: 64,
};
const TEXT = { type: 'string' };

function fit(schema: Record<string, unknown> | null): unknown {
  return fitSchema(schema, STRICT).schema;
}

describe('wire case 73: a schema with alternatives at its top becomes one of an object', () => {
  test('alternatives of what is required stay readable in the description', () => {
    const properties = { route: TEXT, file: TEXT };
    const anyOf = [{ required: ['route'] }, { required: ['file'] }];
    expect(fit({ type: 'object', description: 'Impact.', properties, anyOf })).toEqual({
      type: 'object',
      description: 'Impact.\n\nSet the properties of one of these groups: (route), (file).',
      properties,
    });
  });

  test('a union of definitions has all their properties, and requires what each of them requires', () => {
    const $defs = {
      Cat: {
        type: 'object',
        properties: { kind: { const: 'cat' }, lives: TEXT },
        required: ['kind', 'lives'],
      },
      Dog: { type: 'object', properties: { kind: { const: 'dog' }, name: TEXT }, required: ['kind'] },
    };
    const oneOf = [{ $ref: '#/$defs/Cat' }, { $ref: '#/$defs/Dog' }];
    expect(fit({ oneOf, $defs })).toEqual({
      type: 'object',
      $defs,
      properties: { kind: { anyOf: [{ const: 'cat' }, { const: 'dog' }] }, lives: TEXT, name: TEXT },
      required: ['kind'],
    });
  });

  test('a schema that is only a reference, as generators write it, is resolved', () => {
    const definitions = { 'A/B': { type: 'object', properties: { a: TEXT }, required: ['a'] } };
    expect(fit({ $ref: '#/definitions/A~1B', definitions })).toMatchObject({
      type: 'object',
      properties: { a: TEXT },
      required: ['a'],
    });
  });

  test('all parts of an `allOf` apply, also inside an alternative', () => {
    const both = {
      allOf: [{ properties: { a: TEXT }, required: ['a'] }, { properties: { a: { minLength: 2 } } }],
    };
    const schema = {
      type: 'object',
      oneOf: [both, { properties: { b: TEXT } }],
      additionalProperties: false,
    };
    expect(fit(schema)).toEqual({
      type: 'object',
      additionalProperties: false,
      properties: { a: { type: 'string', minLength: 2 }, b: TEXT },
    });
  });

  test('the restriction of one alternative does not apply to the others', () => {
    const anyOf = [{ properties: { a: { const: 'x' } }, required: ['b'] }, { required: ['c'] }];
    expect(fit({ type: 'object', properties: { a: TEXT }, anyOf })).toMatchObject({
      properties: { a: TEXT },
    });
  });

  test('an object that may also be null is an object', () => {
    expect(fit({ type: ['object', 'null'], properties: { a: TEXT } })).toEqual({
      type: 'object',
      properties: { a: TEXT },
    });
  });

  test('references that repeat each other end', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [
        `d${index}`,
        { anyOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] },
      ]),
    );
    expect(fit({ $ref: '#/$defs/d0', $defs })).toMatchObject({ type: 'object', properties: {} });
    expect(fit({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } })).toMatchObject({ properties: {} });
  });

  test('what is lost is reported', () => {
    expect(fitSchema({ type: 'object', properties: {}, not: {}, oneOf: [] }, STRICT).loosened).toEqual([
      'oneOf',
      'not',
    ]);
  });
});

describe('wire case 73: a schema without properties', () => {
  test.each([
    [null, { type: 'object', properties: {} }],
    [{}, { type: 'object', properties: {} }],
    [{ type: 'object' }, { type: 'object', properties: {} }],
    [
      { type: null, properties: null },
      { type: 'object', properties: {} },
    ],
    [
      { type: 'object', additionalProperties: false },
      { type: 'object', additionalProperties: false, properties: {} },
    ],
    [{ properties: { a: TEXT } }, { type: 'object', properties: { a: TEXT } }],
  ])('%j is completed', (schema, completed) => {
    expect(fit(schema)).toEqual(completed);
  });

  test.each([[{ type: 'object', properties: { a: { oneOf: [] } } }], [{ type: 'string' }]])(
    '%j stays the same object',
    (schema) => {
      expect(fit(schema)).toBe(schema);
    },
  );
});

test('wire case 72: property names outside the pattern are renamed the same way in every request', () => {
  const long = 'settings__'.repeat(8);
  const properties = {
    'filter[id]': TEXT,
    $top: TEXT,
    [long]: TEXT,
    'a.b-c_d': TEXT,
    nested: { properties: { 'x y': TEXT } },
  };
  const one = fitSchema({ type: 'object', properties, required: ['$top', 'nested'] }, STRICT);
  expect(fitSchema({ type: 'object', properties, required: ['$top', 'nested'] }, STRICT)).toEqual(one);
  const names = Object.keys(one.schema['properties'] as object);
  for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_.-]{1,64}$/);
  expect(names.map((name) => one.keys?.get(name) ?? name)).toEqual(Object.keys(properties));
  expect(one.schema['required']).toEqual([names[1], 'nested']);
  expect(one.schema['properties']).toMatchObject({ nested: properties.nested });
});
