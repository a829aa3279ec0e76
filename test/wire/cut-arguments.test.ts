import { expect, test } from 'vitest';

import { scanOpenAiChat } from '../../src/wire/openai-chat/scan.ts';
import { json, MESSAGES_ENDPOINT, openAt } from '../support/wire.ts';

test('wire case 65: a call cut off at the length limit does not exclude its conversation from Claude', () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"Par' } };
  const messages = [
    { role: 'user', content: '?' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_1', content: 'no such place' },
  ];
  const tools = [{ type: 'function', function: { name: 'look' } }];
  const exchange = openAt(scanOpenAiChat(json({ messages, tools })), [MESSAGES_ENDPOINT]);
  const sent = JSON.parse(exchange.body.toString()) as { messages: { content: unknown }[] };
  expect(sent.messages[1]?.content).toEqual([
    { type: 'tool_use', id: 'call_1', name: 'look', input: { invalid_json: '{"at":"Par' } },
  ]);
  expect(exchange.warnings).toContainEqual({
    code: 'parameter_changed',
    detail: 'messages.tool_calls (arguments wrapped)',
  });
});
