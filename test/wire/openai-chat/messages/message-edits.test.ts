import { expect, test } from 'vitest';
import { vllmType } from '../../../../src/providers/vllm/settings.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { chatDialectOf } from '../../../support/openai-upstream.ts';
import { json, openAiEndpoint, openAt } from '../../../support/wire.ts';

const call = (id: string): object => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
const LONG = 'c'.repeat(41);

test('roles, thinking, call ids and tools of one request are all fitted to its server', () => {
  const messages = [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: 'a' },
    { role: 'user', content: 'b' },
    { thinking_blocks: [], reasoning_content: 'Hm.', role: 'assistant', tool_calls: [call(LONG)] },
    { role: 'tool', content: 'ok', tool_call_id: LONG },
  ];
  const tools = [{ type: 'function', function: { name: 'f', strict: true } }];
  const dialect = {
    ...chatDialectOf(vllmType),
    schemas: { refusedAtTop: [], needsProperties: true, keyLength: null },
    callIds: { maxLength: 40 },
  };
  const quirks = { ...dialect.quirks, looseTools: true, refusedMessageKeys: ['thinking_blocks'] } as const;
  const request = scanOpenAiChat(json({ model: 'm', messages, tools }));
  const exchange = openAt(request, [openAiEndpoint({ ...dialect, quirks })], { modelId: 'm' });
  const body = JSON.parse(exchange.body.toString()) as { messages: object[]; tools: object[] };
  const id = (body.messages.at(-1) as { tool_call_id: string }).tool_call_id;
  expect(id).toHaveLength(40);
  expect(body.messages).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'a\nb' },
    { reasoning: 'Hm.', reasoning_content: 'Hm.', role: 'assistant', tool_calls: [call(id)] },
    { role: 'tool', content: 'ok', tool_call_id: id },
  ]);
  const parameters = { type: 'object', properties: {} };
  expect(body.tools).toEqual([{ type: 'function', function: { name: 'f', strict: true, parameters } }]);
  expect(exchange.warnings.map(({ detail }) => detail)).toEqual(['tools.strict']);
});

test('a request without peculiarities is not looked at again', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'a' },
    { role: 'assistant', content: null, tool_calls: [call('1'), call('2')] },
    { role: 'tool', content: 'ok', tool_call_id: '1' },
    { role: 'tool', content: 'ok', tool_call_id: '2' },
  ];
  const parameters = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
  const tools = [{ type: 'function', function: { name: 'f', parameters } }];
  const request = scanOpenAiChat(json({ model: 'm', messages, tools }));
  const { unsignedCalls, ...others } = request.oddities ?? {};
  expect(unsignedCalls).toBe(true);
  expect(Object.values(others)).not.toContain(true);
  const { body } = openAt(request, vllmType.settings.endpoints, { modelId: 'm' });
  expect(body).toBe(request.body);
  expect(
    scanOpenAiChat(json({ model: 'm', messages: messages.slice(0, 2), tools })).oddities,
  ).toBeUndefined();
});
