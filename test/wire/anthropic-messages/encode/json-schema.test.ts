import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema.js';
import { describe, expect, test } from 'vitest';
import type { AnswerFormat } from '../../../../src/protocol/chat.ts';
import { transformSchema } from '../../../../src/wire/anthropic-messages/encode/json-schema.ts';
import { assistant, HI, send, SONNET_4_5, text } from '../../../support/claude-upstream.ts';

const object = (properties: object, more: object = {}): Record<string, unknown> => ({
  type: 'object',
  properties,
  ...more,
});

describe('wire case 96: keywords that the API rejects move into the description', () => {
  test.each([
    ['numbers', object({ a: { type: 'integer', minimum: 1, maximum: 9, description: 'How many.' } })],
    [
      'strings',
      object({
        a: { type: 'string', pattern: '^x', format: 'date' },
        b: { type: 'string', format: 'color' },
      }),
    ],
    [
      'lists',
      object({ a: { type: 'array', items: { type: 'string', maxLength: 3 }, minItems: 1, maxItems: 4 } }),
    ],
    ['long lists', object({ a: { type: 'array', items: { type: 'null' }, minItems: 3 } })],
    [
      'variants',
      object({ a: { oneOf: [{ type: 'string' }, object({ b: { type: 'number', multipleOf: 2 } })] } }),
    ],
    ['allOf', { allOf: [object({}), object({ a: { type: 'boolean' } })] }],
    [
      'closed, required',
      object({ a: { type: ['string', 'null'] } }, { required: ['a'], additionalProperties: true }),
    ],
    [
      'literals',
      object({ a: { type: 'string', enum: ['x', 'y'] }, b: { const: 3 }, c: { type: 'string', enum: [] } }),
    ],
    [
      'definitions',
      { $schema: 'x', $ref: '#/$defs/n', $defs: { n: object({ next: { $ref: '#/$defs/n' } }) } },
    ],
    ['titles and defaults', object({ a: { type: 'string', title: 'A', default: 'x' } }, { title: 'T' })],
  ])('as in the vendor’s own SDK: %s', (_name, schema) => {
    expect(transformSchema(schema, 'response_format')).toEqual(transformJSONSchema(schema));
  });

  test('a nullable object stays one', () => {
    const schema = {
      type: ['object', 'null'],
      properties: { a: { type: 'string', minLength: 1 } },
      required: ['a'],
    };
    expect(transformSchema(schema, 'p')).toEqual({
      anyOf: [
        {
          type: 'object',
          properties: { a: { type: 'string', description: '{minLength: 1}' } },
          additionalProperties: false,
          required: ['a'],
        },
        { type: 'null' },
      ],
    });
  });

  test('a part without a type is rejected by name', () => {
    for (const schema of [object({ a: {} }), object({ a: true })]) {
      expect(() => transformSchema(schema, 'response_format')).toThrow(
        expect.objectContaining({
          code: 'unsupported_parameter',
          options: { param: 'response_format' },
        }) as Error,
      );
    }
  });

  test('the client’s schema is not modified', () => {
    const schema = object({ a: { type: 'string', minLength: 1 } });
    const before = structuredClone(schema);
    transformSchema(schema, 'p');
    expect(schema).toEqual(before);
  });
});

describe('wire case 95: the format of the answer', () => {
  const format: AnswerFormat = {
    type: 'json-schema',
    name: 'n',
    description: 'A point.',
    schema: object({ x: { type: 'number' } }),
    strict: true,
  };

  test('is enforced by the API if the model supports it', () => {
    const sent = send({ format });
    expect(sent.body['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          ...object({ x: { type: 'number' } }),
          additionalProperties: false,
          description: 'A point.',
        },
      },
    });
    expect(sent.warnings).toEqual([]);
  });

  test('is added to the instructions otherwise, or with a prefill', () => {
    const begun = [HI, assistant(text('{'))];
    for (const sent of [
      send({ format }, 'claude-sonnet-4-20250514'),
      send({ format, messages: begun }, SONNET_4_5),
      send({ format }, 'some-model'),
    ]) {
      expect(sent.body).not.toHaveProperty('output_config');
      expect(JSON.stringify(sent.body['system'])).toContain('"x\\":{\\"type\\":\\"number\\"}');
      expect(sent.warnings).toEqual(['parameter_changed=response_format (as an instruction)']);
    }
  });

  test('any object is added to the instructions, with a warning', () => {
    const sent = send({ format: { type: 'json-object' } });
    expect(sent.body['system']).toEqual([
      { type: 'text', text: 'Answer with one JSON object and nothing else.' },
    ]);
    expect(sent.warnings).toEqual(['parameter_changed=response_format (as an instruction)']);
  });
});
