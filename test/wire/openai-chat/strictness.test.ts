import { describe, expect, test } from 'vitest';
import { ollamaType } from '../../../src/providers/ollama/settings.ts';
import { openAiType } from '../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../src/providers/vllm/settings.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { chatDialectOf, encode } from '../../support/openai-upstream.ts';
import { json, openAiEndpoint, openAt } from '../../support/wire.ts';

const ollama = chatDialectOf(ollamaType);
const openAi = chatDialectOf(openAiType);
const vllm = chatDialectOf(vllmType);

const parameters = { type: 'object', properties: {}, additionalProperties: false };
const tool = (strict: boolean | null): object => ({
  type: 'function',
  function: { name: 'look', parameters, ...(strict === null ? {} : { strict }) },
});

describe('wire case 245: strict arguments of a tool, towards a server that ignores the flag', () => {
  const neutral = (strict: boolean | null): { name: string; strict: boolean | null } & object => ({
    ...{ name: 'look', description: null, parameters, cache: null },
    strict,
  });
  const sent = (dialect: typeof ollama, tools: readonly object[]): readonly string[] => {
    const request = scanOpenAiChat(
      json({ model: 'm', messages: [{ role: 'user', content: '"strict"' }], tools }),
    );
    const { warnings } = openAt(request, [openAiEndpoint(dialect)], { modelId: 'm' });
    return warnings.map(({ code, detail }) => `${code}=${detail}`);
  };
  const DROPPED = ['parameter_dropped=tools.strict'];

  test('are a warning for a client of either API', () => {
    expect(sent(ollama, [tool(null), tool(true)])).toEqual(DROPPED);
    expect(encode({ tools: [neutral(true)] as never }, ollama).warnings).toEqual(DROPPED);
  });

  test.each([null, false])('are none with %s', (strict) => {
    expect(sent(ollama, [tool(strict)])).toEqual([]);
    expect(encode({ tools: [neutral(strict)] as never }, ollama).warnings).toEqual([]);
  });

  test('pass without a warning to a server that obeys, and a property of that name is no flag', () => {
    expect(sent(vllm, [tool(true)])).toEqual([]);
    const property = {
      name: 'look',
      parameters: { ...parameters, properties: { strict: { type: 'boolean' } } },
    };
    expect(sent(ollama, [{ type: 'function', function: property }])).toEqual([]);
  });
});

describe('wire case 245: a strict tool of an Anthropic client, towards OpenAI', () => {
  const city = { type: 'string' };
  const closed = { type: 'object', properties: { city }, required: ['city'], additionalProperties: false };
  const strictOf = (schema: object, dialect = openAi): readonly unknown[] => {
    const look = { name: 'look', description: null, parameters: schema, strict: true, cache: null };
    const { body, warnings } = encode({ tools: [look] as never }, dialect);
    const [sent] = body['tools'] as { function: { strict?: unknown; parameters: unknown } }[];
    expect(sent?.function.parameters).toEqual(schema);
    return [sent?.function.strict, warnings];
  };
  const LOOSE = ['parameter_dropped=tools.strict'];

  test('stays strict if OpenAI accepts its schema', () => {
    expect(strictOf(closed)).toEqual([true, []]);
    expect(strictOf({ type: 'object', properties: {}, additionalProperties: false })).toEqual([true, []]);
    expect(strictOf({ ...closed, properties: { city: { type: 'array', items: closed } } })).toEqual([
      true,
      [],
    ]);
  });

  test.each([
    ['an optional property', { ...closed, required: [] }],
    ['no word about other properties', { type: 'object', properties: { city }, required: ['city'] }],
    ['an open object in a list', { ...closed, properties: { city: { items: { ...closed, required: [] } } } }],
    ['an open object in a definition', { ...closed, $defs: { a: { type: 'object', properties: {} } } }],
    ['a limit that the strict subset lacks', { ...closed, properties: { city: { ...city, minLength: 1 } } }],
  ])('goes without the flag, with a warning, with %s', (_name, schema) => {
    expect(strictOf(schema)).toEqual([false, LOOSE]);
    expect(strictOf(schema, vllm)).toEqual([true, []]);
  });
});

describe('wire case 245: a schema that Anthropic would have enforced', () => {
  const city = { type: 'string' };
  const closed = { type: 'object', properties: { city }, required: ['city'], additionalProperties: false };
  const formatOf = (schema: object, dialect: typeof openAi): readonly unknown[] => {
    const format = {
      type: 'json-schema',
      name: 'response',
      description: null,
      schema,
      strict: null,
    } as const;
    const { body, warnings } = encode({ format: format as never }, dialect);
    const sent = body['response_format'] as { json_schema: { strict?: unknown } };
    return [sent.json_schema.strict, warnings];
  };
  const LOOSE = ['parameter_changed=response_format (schema not enforced)'];

  test('gets the flag that makes OpenAI enforce it', () => {
    expect(formatOf(closed, openAi)).toEqual([true, []]);
    const nested = { ...closed, properties: { city: { anyOf: [closed, { type: 'array', items: closed }] } } };
    expect(formatOf(nested, openAi)).toEqual([true, []]);
  });

  test.each([
    ['an optional property', { ...closed, required: [] }],
    ['an open object inside', { ...closed, properties: { city: { type: 'object', properties: {} } } }],
    ['a combination that OpenAI rejects', { ...closed, allOf: [closed] }],
    ['a list at the top', { type: 'array', items: closed }],
  ])('is a warning with %s, for which OpenAI would reject the flag', (_name, schema) => {
    expect(formatOf(schema, openAi)).toEqual([undefined, LOOSE]);
  });

  test('needs no flag where every schema is enforced', () => {
    expect(formatOf({ ...closed, required: [] }, vllm)).toEqual([undefined, []]);
  });
});
