import { expect, test } from 'vitest';
import { decode, refusal } from '../../../support/responses-client.ts';

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } } };
const F = { type: 'function', name: 'f', description: 'Does f.', strict: false, parameters: SCHEMA };
const SEARCH = { type: 'web_search', external_web_access: false };
const PATCH = { type: 'custom', name: 'apply_patch', description: 'Edits.' };
const AGENTS = {
  type: 'namespace',
  name: 'multi_agent_v1',
  description: 'Agents.',
  tools: [
    { ...F, name: 'spawn' },
    { type: 'custom', name: 'note' },
  ],
};

const names = (body: object): string[] => decode(body).request.tools.map(({ name }) => name);

test('functions keep their schema; without parameters they take an empty object', () => {
  const { tools } = decode({
    tools: [F, { type: 'function', name: 'g', parameters: null, strict: null }],
  }).request;
  expect(tools).toEqual([
    { name: 'f', description: 'Does f.', parameters: SCHEMA, strict: false, cache: null },
    {
      ...{ name: 'g', description: null, strict: null, cache: null },
      parameters: { type: 'object', properties: {} },
    },
  ]);
});

test('wire case 190: the tools of a namespace get its name in front, and so do their calls in the history', () => {
  const { request, replyOptions } = decode({
    tools: [F, AGENTS],
    input: [
      { type: 'function_call', call_id: 'c', name: 'spawn', namespace: 'multi_agent_v1', arguments: '{}' },
    ],
  });
  expect(request.tools.map(({ name }) => name)).toEqual([
    'f',
    'multi_agent_v1__spawn',
    'multi_agent_v1__note',
  ]);
  expect(request.messages[0]?.parts).toMatchObject([{ type: 'tool-call', name: 'multi_agent_v1__spawn' }]);
  expect([...(replyOptions.responses?.tools ?? [])]).toEqual([
    ['multi_agent_v1__spawn', { name: 'spawn', namespace: 'multi_agent_v1', isCustom: false }],
    ['multi_agent_v1__note', { name: 'note', namespace: 'multi_agent_v1', isCustom: true }],
  ]);
});

test('wire case 190: a name in a namespace that another tool has already gets a number', () => {
  const mcp = { type: 'namespace', name: 'mcp__files__', tools: [{ ...F, name: 'read' }] };
  expect(names({ tools: [mcp, { ...F, name: 'mcp__files__read' }] })).toEqual([
    'mcp__files__read_2',
    'mcp__files__read',
  ]);
});

test('wire case 190: a custom tool is a function with one text, whose grammar is in its description', () => {
  const format = { type: 'grammar', syntax: 'lark', definition: 'start: "x"' };
  const { request } = decode({
    tools: [{ ...PATCH, format }],
    input: [
      { type: 'custom_tool_call', call_id: 'c', name: 'apply_patch', input: 'a "b"' },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'done' },
    ],
  });
  const [tool] = request.tools;
  expect(tool?.parameters).toMatchObject({ type: 'object', required: ['input'] });
  expect(tool?.description).toMatch(/^Edits\.\n\n.*Lark grammar:\nstart: "x"$/s);
  expect(request.messages.map(({ parts }) => parts[0])).toMatchObject([
    { type: 'tool-call', name: 'apply_patch', arguments: '{"input":"a \\"b\\""}' },
    { type: 'tool-result', callId: 'c' },
  ]);
});

test('tools that only OpenAI runs are dropped with a warning, and refused where the request forces them', () => {
  const { request, warnings } = decode({ tools: [F, SEARCH, { type: 'mcp', server_label: 'x' }] });
  expect(request.tools.map(({ name }) => name)).toEqual(['f']);
  expect(warnings).toEqual(['parameter_dropped=tools (web_search)', 'parameter_dropped=tools (mcp)']);
  expect(decode({ tools: [SEARCH], tool_choice: 'auto' }).request).toMatchObject({
    tools: [],
    toolChoice: null,
  });
  for (const body of [
    { tools: [F, SEARCH], tool_choice: { type: 'web_search' } },
    { tools: [SEARCH], tool_choice: 'required' },
    { tools: [SEARCH], tool_choice: { type: 'web_search_preview' } },
  ]) {
    expect(refusal(body)).toMatchObject({ code: 'unsupported_parameter', param: 'tool_choice' });
  }
});

test('tools that come with the input (Codex) are offered too', () => {
  const input = [
    { type: 'additional_tools', role: 'developer', tools: [{ ...F, name: 'late' }] },
    { role: 'user', content: 'Hi' },
  ];
  expect(names({ tools: [F], input })).toEqual(['f', 'late']);
});

test.each([
  ['auto', { type: 'auto' }],
  ['none', { type: 'none' }],
  ['required', { type: 'required' }],
  [
    { type: 'function', name: 'f' },
    { type: 'tool', name: 'f' },
  ],
  [
    { type: 'custom', name: 'apply_patch' },
    { type: 'tool', name: 'apply_patch' },
  ],
  [
    { type: 'function', name: 'spawn', namespace: 'multi_agent_v1' },
    { type: 'tool', name: 'multi_agent_v1__spawn' },
  ],
])('the tool choice %j', (tool_choice, toolChoice) => {
  expect(decode({ tools: [F, PATCH, AGENTS], tool_choice }).request.toolChoice).toEqual(toolChoice);
});

test('of the allowed tools alone the others are left out', () => {
  const tools = [F, { ...F, name: 'g' }, AGENTS];
  const allow = (...list: object[]): object => ({
    tools,
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: list },
  });
  expect(names(allow({ type: 'function', name: 'g' }, { type: 'web_search' }))).toEqual(['g']);
  expect(names(allow({ type: 'namespace', name: 'multi_agent_v1' }))).toHaveLength(2);
  expect(refusal(allow({ type: 'function', name: 'x' }))).toMatchObject({ param: 'tool_choice.tools' });
});

test.each([
  [{ tools: 7 }, 'tools'],
  [{ tools: [7] }, 'tools[0]'],
  [{ tools: [{ type: 'function' }] }, 'tools[0].name'],
  [{ tools: [{ name: 'f' }] }, 'tools[0].type'],
  [{ tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'function' }] }] }, 'tools[0].tools[0].name'],
  [{ tools: [{ ...F, parameters: 'x' }] }, 'tools[0].parameters'],
  [{ tools: [F], tool_choice: 7 }, 'tool_choice'],
  [{ tools: [F], parallel_tool_calls: 'yes' }, 'parallel_tool_calls'],
])('a wrong shape is refused by its path: %j', (body, param) => {
  expect(refusal(body)).toMatchObject({ code: 'invalid_body', param });
});
