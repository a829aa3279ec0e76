import { describe, expect, test } from 'vitest';
import type { ChatRequest, ToolChoice } from '../../../../src/protocol/chat.ts';
import {
  assistant,
  call,
  HI,
  result,
  send,
  SONNET_4_5,
  tool,
  user,
} from '../../../support/claude-upstream.ts';

const TOOLS = [tool('f'), tool('g')];
const tools = (request: Partial<ChatRequest>, id = SONNET_4_5): unknown => send(request, id).body['tools'];

describe('tools', () => {
  test('have name, description, schema and cache breakpoint', () => {
    const parameters = {
      type: 'object',
      properties: { a: { type: 'string', minLength: 2 } },
      required: ['a'],
    };
    const sent = tools({ tools: [tool('f', { description: 'Does f.', parameters, cache: { ttl: null } })] });
    expect(sent).toEqual([
      { name: 'f', description: 'Does f.', input_schema: parameters, cache_control: { type: 'ephemeral' } },
    ]);
  });

  test.each([
    [{}, { type: 'object', properties: {} }],
    [
      { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { a: {} } },
      { type: 'object', properties: { a: {} } },
    ],
    [{ properties: { a: {} } }, { type: 'object', properties: { a: {} } }],
  ])('wire case 73: the schema %j becomes an object schema', (parameters, input_schema) => {
    expect(tools({ tools: [tool('f', { parameters })] })).toEqual([{ name: 'f', input_schema }]);
  });

  test('wire case 74: strict is sent if the model enforces schemas, with a supported schema, and dropped otherwise', () => {
    const parameters = {
      type: 'object',
      properties: { a: { type: 'string', minLength: 2 } },
      required: ['a'],
    };
    const strict = [tool('f', { strict: true, parameters })];
    expect(tools({ tools: strict })).toEqual([
      {
        name: 'f',
        input_schema: {
          type: 'object',
          properties: { a: { type: 'string', description: '{minLength: 2}' } },
          additionalProperties: false,
          required: ['a'],
        },
        strict: true,
      },
    ]);
    const old = send({ tools: strict }, 'claude-sonnet-4-20250514');
    expect(old.body['tools']).toEqual([{ name: 'f', input_schema: parameters }]);
    expect(old.warnings).toEqual(['parameter_dropped=tools.strict']);
  });

  test('wire case 72: names that the API rejects are replaced consistently', () => {
    const odd = 'mcp.server/read file';
    const messages = [HI, assistant(call('a', '{}', odd)), user(result('a', '1'))];
    const sent = send({ messages, tools: [tool(odd)], toolChoice: { type: 'tool', name: odd } });
    const [name] = (sent.body['tools'] as { name: string }[]).map((each) => each.name);
    expect(name).toMatch(/^[a-zA-Z0-9_-]{1,128}$/);
    expect(sent.body['tool_choice']).toEqual({ type: 'tool', name });
    expect(sent.json).toContain(`"type":"tool_use","id":"a","name":"${name}"`);
    expect(sent.toolNames?.get(name ?? '')).toBe(odd);
    expect(send({ tools: TOOLS }).toolNames).toBeUndefined();
  });

  test('wire case 69: for a history with calls but no tools, the called tools are declared and switched off', () => {
    const messages = [HI, assistant(call('a', '{}', 'f'), call('b', '{}', 'g'), call('c', '{}', 'f')), HI];
    const empty = { type: 'object', properties: {} };
    expect(send({ messages }).body).toMatchObject({
      tools: [
        { name: 'f', input_schema: empty },
        { name: 'g', input_schema: empty },
      ],
      tool_choice: { type: 'none' },
    });
  });
});

describe('tool_choice', () => {
  const choice = (toolChoice: ToolChoice | null, more: Partial<ChatRequest> = {}, id = SONNET_4_5): unknown =>
    send({ tools: TOOLS, toolChoice, ...more }, id).body['tool_choice'];

  test('is translated to Anthropic’s types', () => {
    expect(choice(null)).toBeUndefined();
    expect(choice({ type: 'auto' })).toEqual({ type: 'auto' });
    expect(choice({ type: 'none' })).toEqual({ type: 'none' });
    expect(choice({ type: 'required' })).toEqual({ type: 'any' });
    expect(choice({ type: 'tool', name: 'g' })).toEqual({ type: 'tool', name: 'g' });
  });

  test('wire case 78: is dropped without tools', () => {
    expect(send({ toolChoice: { type: 'required' }, parallelTools: false }).body).not.toHaveProperty(
      'tool_choice',
    );
  });

  test('carries the limit to one call at a time, in auto if there is no choice', () => {
    const single = { disable_parallel_tool_use: true };
    expect(choice(null, { parallelTools: false })).toEqual({ type: 'auto', ...single });
    expect(choice({ type: 'required' }, { parallelTools: false })).toEqual({ type: 'any', ...single });
    expect(choice({ type: 'none' }, { parallelTools: false })).toEqual({ type: 'none' });
    expect(choice(null, { parallelTools: true })).toBeUndefined();
  });

  test.each(['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-fable-5-1'])(
    'a forced choice becomes auto for %s, and only the named tool is sent',
    (id) => {
      const sent = send({ tools: TOOLS, toolChoice: { type: 'tool', name: 'g' } }, id);
      expect(sent.body).toMatchObject({ tools: [{ name: 'g' }], tool_choice: { type: 'auto' } });
      expect(sent.warnings).toEqual(['parameter_changed=tool_choice (cannot be forced)']);
      const any = send({ tools: TOOLS, toolChoice: { type: 'required' } }, id);
      expect(any.body).toMatchObject({
        tools: [{ name: 'f' }, { name: 'g' }],
        tool_choice: { type: 'auto' },
      });
    },
  );

  test('wire case 107: also becomes auto while thinking has a budget', () => {
    const reasoning = { effort: 'high', budgetTokens: null, display: null } as const;
    const sent = send({ tools: TOOLS, toolChoice: { type: 'required' }, reasoning });
    expect(sent.body['tool_choice']).toEqual({ type: 'auto' });
    expect(sent.warnings).toEqual(['parameter_changed=tool_choice (cannot be forced)']);
    const adaptive = send({ tools: TOOLS, toolChoice: { type: 'required' }, reasoning }, 'claude-opus-4-6');
    expect(adaptive.body['tool_choice']).toEqual({ type: 'any' });
  });
});
