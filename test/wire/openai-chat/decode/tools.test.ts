import { describe, expect, test } from 'vitest';
import { decode, decodeBytes, refusal } from '../../../support/openai-client.ts';

const tool = (name: string, more: object = {}): object => ({ type: 'function', function: { name, ...more } });
const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const ANY = { type: 'object', properties: {} };

describe('tools', () => {
  test('a function with all its fields', () => {
    const tools = [tool('f', { description: 'd', parameters: SCHEMA, strict: true })];
    expect(decode({ tools }).request.tools).toEqual([
      { name: 'f', description: 'd', parameters: SCHEMA, strict: true, cache: null },
    ]);
  });

  test.each([
    ['missing', undefined, ANY],
    ['null', null, ANY],
    ['empty', {}, ANY],
    ['with a type only', { type: 'object' }, ANY],
    ['without a type', { properties: { a: {} } }, { type: 'object', properties: { a: {} } }],
    ['with $schema', { $schema: 'http://json-schema.org/draft-07/schema#', ...SCHEMA }, SCHEMA],
  ])('wire case 73: parameters %s become an object schema', (_name, parameters, expected) => {
    const [read] = decode({ tools: [tool('f', { parameters, strict: false })] }).request.tools;
    expect(read).toMatchObject({ parameters: expected, strict: false });
    expect(Object.keys(read!.parameters)).toEqual(Object.keys(expected));
  });

  test('wire case 98: a property named __proto__ stays a property', () => {
    const body =
      '{"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"__proto__":{"type":"string"}}}}}]}';
    const [read] = decodeBytes(Buffer.from(body)).request.tools;
    expect(JSON.stringify(read!.parameters)).toBe(
      '{"type":"object","properties":{"__proto__":{"type":"string"}}}',
    );
  });

  test.each([
    [{ type: 'custom', custom: { name: 'c', format: { type: 'grammar' } } }],
    [{ type: 'browser_search' }],
    [{ type: 'web_search_preview' }],
  ])('wire case 75: %j cannot become a function and is rejected', (other) => {
    expect(refusal({ tools: [tool('f'), other] })).toBe('unsupported_parameter tools[1]');
  });

  test.each([
    [{ tools: {} }, 'tools'],
    [{ tools: ['f'] }, 'tools[0]'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tools: [tool('')] }, 'tools[0].function.name'],
    [{ tools: [tool('f', { description: 1 })] }, 'tools[0].function.description'],
    [{ tools: [tool('f', { parameters: '{}' })] }, 'tools[0].function.parameters'],
    [{ tools: [tool('f')], parallel_tool_calls: 'no' }, 'parallel_tool_calls'],
    [{ tools: [tool('f')], tool_choice: 'any' }, 'tool_choice'],
    [{ tools: [tool('f')], tool_choice: { type: 'function' } }, 'tool_choice.function'],
  ])('a wrong shape is named: %j', (body, param) => {
    expect(refusal(body)).toBe(`invalid_body ${param}`);
  });

  test('wire case 121: a cache breakpoint on the tool or inside its function', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const tools = [{ ...tool('f'), cache_control }, tool('g', { cache_control })];
    expect(decode({ tools }).request.tools.map(({ cache }) => cache)).toEqual([{ ttl: '1h' }, { ttl: '1h' }]);
  });
});

describe('the tool choice', () => {
  const choose = (tool_choice: unknown, more: object = {}): unknown =>
    decode({ tools: [tool('f'), tool('g')], tool_choice, ...more }).request;

  test('modes and one function', () => {
    for (const type of ['auto', 'none', 'required']) {
      expect(choose(type)).toMatchObject({ toolChoice: { type }, tools: [{ name: 'f' }, { name: 'g' }] });
    }
    expect(choose({ type: 'function', function: { name: 'g' } })).toMatchObject({
      toolChoice: { type: 'tool', name: 'g' },
    });
    expect(choose(undefined, { parallel_tool_calls: false })).toMatchObject({
      toolChoice: null,
      parallelTools: false,
    });
  });

  test('only allowed tools are sent', () => {
    const only = (mode: string, ...names: string[]): object => ({
      type: 'allowed_tools',
      allowed_tools: { mode, tools: names.map((name) => tool(name)) },
    });
    expect(choose(only('required', 'g', 'unknown'))).toMatchObject({
      toolChoice: { type: 'required' },
      tools: [{ name: 'g' }],
    });
    expect(refusal({ tools: [tool('f')], tool_choice: only('auto', 'x') })).toBe(
      'invalid_body tool_choice.allowed_tools.tools',
    );
    expect(refusal({ tools: [tool('f')], tool_choice: only('any', 'f') })).toBe(
      'invalid_body tool_choice.allowed_tools.mode',
    );
  });

  test('wire case 75: a custom tool cannot be chosen', () => {
    const custom = { type: 'custom', custom: { name: 'c' } };
    const allowed_tools = { mode: 'auto', tools: [tool('f'), custom] };
    expect(refusal({ tools: [tool('f')], tool_choice: { type: 'allowed_tools', allowed_tools } })).toBe(
      'unsupported_parameter tool_choice.allowed_tools.tools[1]',
    );
    expect(refusal({ tools: [tool('f')], tool_choice: { type: 'custom', custom: { name: 'c' } } })).toBe(
      'unsupported_parameter tool_choice',
    );
  });

  test('wire case 78: without tools there is no choice', () => {
    for (const tools of [[], null, undefined]) {
      const body = { tools, tool_choice: 'required', parallel_tool_calls: false };
      expect(decode(body)).toMatchObject({
        request: { tools: [], toolChoice: null, parallelTools: null },
        warnings: [],
      });
    }
  });
});

describe('wire case 76: the legacy functions', () => {
  const functions = [{ name: 'f', parameters: SCHEMA }, { name: 'g' }];

  test('become tools, with one call at a time', () => {
    const decoded = decode({ functions, function_call: { name: 'g' } });
    expect(decoded.request).toMatchObject({
      tools: [
        { name: 'f', parameters: SCHEMA, strict: null },
        { name: 'g', parameters: ANY },
      ],
      toolChoice: { type: 'tool', name: 'g' },
      parallelTools: false,
    });
    expect(decoded.legacyCalls).toBe(true);
    expect(decode({ functions, function_call: 'none' }).request.toolChoice).toEqual({ type: 'none' });
  });

  test('a client that also sends tools is not a legacy client', () => {
    expect(decode({ functions, tools: [tool('h')] })).toMatchObject({
      legacyCalls: false,
      request: { parallelTools: null, tools: [{ name: 'h' }, { name: 'f' }, { name: 'g' }] },
    });
  });

  test('calls and results in the history are matched by name', () => {
    const messages = [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a":"b"}' } },
      { role: 'function', name: 'f', content: '42' },
    ];
    expect(decode({ functions, messages }).request.messages.slice(1)).toMatchObject([
      {
        role: 'assistant',
        parts: [{ type: 'tool-call', id: 'call_1_0', name: 'f', arguments: '{"a":"b"}' }],
      },
      {
        role: 'user',
        parts: [{ type: 'tool-result', callId: 'call_1_0', content: [{ text: '42' }] }],
      },
    ]);
    const again = [messages[0]!, messages[1]!, messages[0]!, ...messages.slice(1)];
    expect(decode({ functions, messages: again }).request.messages.at(-1)).toMatchObject({
      parts: [{ callId: 'call_3_0' }],
    });
    expect(refusal({ messages: [{ role: 'function', name: 'f', content: '42' }] })).toBe(
      'invalid_body messages[0].name',
    );
  });
});
