import { expect, test } from 'vitest';
import { toolsAnswered, toolsOffered } from './evidence.ts';
import type { Exchange } from './recorder.ts';

const sent = (body: object): Exchange => ({
  method: 'POST',
  path: '/v1',
  status: 200,
  request: JSON.stringify(body),
});

const CHAT = {
  tools: [{ type: 'function', function: { name: 'read' } }],
  messages: [
    { role: 'user', content: 'Use read' },
    { role: 'assistant', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'read' } }] },
    { role: 'tool', tool_call_id: 'call_1', content: 'text' },
  ],
};
const MESSAGES = {
  tools: [{ name: 'read' }],
  messages: [
    { role: 'user', content: 'Use read' },
    { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'read', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'text' }] },
  ],
};
const RESPONSES = {
  tools: [{ type: 'function', name: 'read' }, { type: 'web_search' }],
  input: [
    { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Use read' }] },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'read', arguments: '{}' },
    { type: 'function_call_output', id: 'fco_1', call_id: 'call_1', output: 'text' },
  ],
};

test.each([
  ["OpenAI's chats", CHAT],
  ["Anthropic's messages", MESSAGES],
  ['Responses', RESPONSES],
])('%s: a tool counts as called once its result is sent', (_, body) => {
  expect(toolsOffered(sent(body))).toContain('read');
  expect(toolsAnswered(sent(body))).toEqual(['read']);
  const { tools } = body;
  const [messages, input] = ['messages' in body ? body.messages : [], 'input' in body ? body.input : []];
  expect(toolsAnswered(sent({ tools, messages: messages.slice(0, 2), input: input.slice(0, 2) }))).toEqual(
    [],
  );
});
