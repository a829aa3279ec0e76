import { expect, test } from 'vitest';
import type { ChatRequest } from '../../../../src/protocol/chat.ts';
import { encodeOllamaChatRequest } from '../../../../src/wire/ollama-chat/encode/request.ts';
import { assistant, call, chatRequest, image, text, user } from '../../../support/openai-upstream.ts';
import { target } from '../../../support/wire.ts';
import { DIALECT } from '../lines.ts';

function warningsOf(request: Partial<ChatRequest>): string[] {
  const { warnings } = encodeOllamaChatRequest(chatRequest(request), target(), DIALECT);
  return warnings.map(({ code, detail }) => `${code}=${detail}`);
}

test.each([
  ['a list', '[1]'],
  ['cut off', '{"city":"Par'],
])('arguments of an earlier call that are %s are reported as wrapped to Ollama', (_, args) => {
  const result = { type: 'tool-result' as const, callId: 'c', content: [], isError: false, cache: null };
  const turns = (json: string): ChatRequest['messages'] => [
    user(text('hi')),
    assistant(call('c', 'look', json)),
    user(result),
  ];
  const wrapped = ['parameter_changed=messages.tool_calls (arguments wrapped)'];
  expect(warningsOf({ messages: turns(args) })).toEqual(wrapped);
  expect(warningsOf({ messages: turns(' {"a":[1]}') })).toEqual([]);
  expect(warningsOf({ messages: turns('') })).toEqual([]);
});

test('the description of a required format, which no model of Ollama sees, is reported as dropped', () => {
  const format = { type: 'json-schema', name: 'plan', schema: { type: 'object' }, strict: null } as const;
  expect(warningsOf({ format: { ...format, description: 'A plan.' } })).toEqual([
    'parameter_dropped=response_format.description',
  ]);
  expect(warningsOf({ format: { ...format, description: null } })).toEqual([]);
});

test('the detail of an image, which Ollama has no place for, is reported as dropped', () => {
  const withDetail = (detail: string | null): string[] =>
    warningsOf({ messages: [user({ ...image(), detail })] });
  expect(withDetail('low')).toEqual(['parameter_dropped=messages.image_url.detail']);
  expect(withDetail('auto')).toEqual([]);
  expect(withDetail(null)).toEqual([]);
});
