import { expect, test } from 'vitest';

import { ollamaType } from '../../../../src/providers/ollama/settings.ts';
import { openAiCompatibleType } from '../../../../src/providers/openai-compatible/settings.ts';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import { vllmType } from '../../../../src/providers/vllm/settings.ts';
import type { ProviderType } from '../../../../src/providers/provider-type.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { chatDialectOf } from '../../../support/openai-upstream.ts';
import { json, openAiEndpoint, openAt } from '../../../support/wire.ts';

const CALLS = [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }];

interface Turn {
  readonly reasoning?: string | null;
  readonly reasoning_content?: string;
}

function sent(type: ProviderType, turn: object): { messages: object[]; isSame: boolean } {
  const messages = [
    { role: 'user', content: '?' },
    { role: 'assistant', tool_calls: CALLS, ...turn },
    { role: 'tool', tool_call_id: 'c1', content: 'ok' },
  ];
  const request = scanOpenAiChat(json({ model: 'm', messages }));
  const exchange = openAt(request, [openAiEndpoint(chatDialectOf(type))], { modelId: 'm' });
  const body = JSON.parse(exchange.body.toString()) as { messages: object[] };
  expect(exchange.warnings).toEqual([]);
  return { messages: body.messages, isSame: exchange.body === request.body };
}

// Zed, LangChain and qwen-code keep `reasoning_content` only, which newer vLLM drops (QwenLM/qwen-code#4285).
test.each([
  ['vLLM', vllmType, { reasoning_content: 'Hm. "é"\n' }],
  ['Ollama', ollamaType, { reasoning_content: 'Hm. "é"\n' }],
  ['vLLM, with a null', vllmType, { reasoning: null, reasoning_content: 'Hm.' }],
  ['vLLM, with an empty text', vllmType, { reasoning_content: 'Hm.', reasoning: '' }],
  ['an old vLLM', vllmType, { reasoning: 'Hm.' }],
  ['DeepSeek', openAiCompatibleType, { reasoning: 'Hm.' }],
])(
  'thinking that an OpenAI client sends back reaches %s, whichever key the client knows',
  (_name, type, turn) => {
    const { reasoning_content: one, reasoning: other }: Turn = turn;
    const words = one ?? other;
    const { messages } = sent(type, turn);
    expect(messages[1]).toEqual({
      role: 'assistant',
      tool_calls: CALLS,
      reasoning: words,
      reasoning_content: words,
    });
  },
);

test.each([
  ['both keys', vllmType, { reasoning: 'Hm.', reasoning_content: 'Hm.' }],
  ['the right key', ollamaType, { reasoning: 'Hm.' }],
  ['the right key of another server', openAiCompatibleType, { reasoning_content: 'Hm.' }],
  ['no thinking', vllmType, { reasoning: null }],
  ['thinking that is no text', vllmType, { reasoning: { effort: 'low' } }],
])('a body with %s goes out as the same bytes', (_name, type, turn) => {
  expect(sent(type, turn).isSame).toBe(true);
});

test('a server that takes no thinking gets none added', () => {
  const request = scanOpenAiChat(json({ model: 'm', messages: [{ role: 'assistant', reasoning: 'Hm.' }] }));
  const exchange = openAt(request, [openAiEndpoint(chatDialectOf(openAiType))], { modelId: 'm' });
  expect(exchange.body.toString()).not.toContain('Hm.');
});
