import { expect, test } from 'vitest';

import type { Part } from '../../../../src/protocol/chat.ts';
import { llamaCppType } from '../../../../src/providers/llamacpp/settings.ts';
import { ollamaType } from '../../../../src/providers/ollama/settings.ts';
import { openAiCompatibleType } from '../../../../src/providers/openai-compatible/settings.ts';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../../src/providers/vllm/settings.ts';
import { assistant, call, chatDialectOf, encode, text, user } from '../../../support/openai-upstream.ts';

const thinking = (words: string): Part => ({ type: 'thinking', text: words, signature: null });
const result = (callId: string): Part => ({
  type: 'tool-result',
  callId,
  content: [{ type: 'text', text: '42', cache: null }],
  isError: false,
  cache: null,
});
const QUESTION = user(text('?'));
const LOOP = [QUESTION, assistant(thinking('Look it up.'), call('c1')), user(result('c1'))];

test.each([
  ['an OpenAI-compatible server', openAiCompatibleType, { reasoning_content: 'Look it up.' }],
  ['vLLM, old and new', vllmType, { reasoning_content: 'Look it up.', reasoning: 'Look it up.' }],
  ['Ollama', ollamaType, { reasoning: 'Look it up.' }],
  ['llama.cpp', llamaCppType, { reasoning_content: 'Look it up.' }],
])('the thinking before a tool call goes back to %s under the key that it reads', (_name, type, keys) => {
  const { messages, warnings } = encode({ messages: LOOP }, chatDialectOf(type));
  expect((messages as object[])[1]).toMatchObject({ role: 'assistant', ...keys });
  expect(Object.keys((messages as object[])[1] ?? {})).toHaveLength(3 + Object.keys(keys).length);
  expect(warnings).toEqual([]);
});

test('OpenAI takes no thinking, and a warning says that it was dropped', () => {
  const { messages, warnings } = encode({ messages: LOOP }, chatDialectOf(openAiType));
  expect(JSON.stringify(messages)).not.toContain('Look it up.');
  expect(warnings).toEqual(['parameter_dropped=messages.thinking']);
});

const compatible = chatDialectOf(openAiCompatibleType);
const UNKNOWN = 'parameter_changed=messages.thinking (unknown, sent blank)';

test.each(['deepseek-v4-pro', 'moonshotai/Kimi-K2-Thinking'])(
  '%s, which rejects a turn without thinking once a tool was called, gets a blank where it is unknown',
  (modelId) => {
    const messages = [...LOOP, assistant(text('It is 42.')), user(text('Sure?'))];
    const encoded = encode({ messages }, compatible, { modelId });
    const turns = encoded.messages as { role: string; reasoning_content?: string }[];
    expect(turns.map(({ reasoning_content: sent }) => sent)).toEqual([
      undefined,
      'Look it up.',
      undefined,
      ' ',
      undefined,
    ]);
    expect(encoded.warnings).toEqual([UNKNOWN]);
  },
);

test('without a tool call, and for other models, no blank thinking is made up', () => {
  const chat = [QUESTION, assistant(text('Yes.')), QUESTION];
  expect(encode({ messages: chat }, compatible, { modelId: 'deepseek-v4-pro' }).warnings).toEqual([]);
  const loop = [QUESTION, assistant(call('c1')), user(result('c1'))];
  const { messages, warnings } = encode({ messages: loop }, compatible, { modelId: 'grok-5' });
  expect((messages as object[])[1]).not.toHaveProperty('reasoning_content');
  expect(warnings).toEqual([]);
});
