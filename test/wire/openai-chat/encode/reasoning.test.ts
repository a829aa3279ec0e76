import { describe, expect, test } from 'vitest';
import type { ReasoningRequest } from '../../../../src/protocol/chat.ts';
import { groqType } from '../../../../src/providers/groq/settings.ts';
import { llamaCppType } from '../../../../src/providers/llamacpp/settings.ts';
import { ollamaType } from '../../../../src/providers/ollama/settings.ts';
import { openAiCompatibleType } from '../../../../src/providers/openai-compatible/settings.ts';
import { openAiType } from '../../../../src/providers/openai/settings.ts';
import type { ProviderType } from '../../../../src/providers/provider-type.ts';
import { chatDialectOf, encode } from '../../../support/openai-upstream.ts';

const NOTHING: ReasoningRequest = { effort: null, budgetTokens: null, display: null };

function effort(
  type: ProviderType,
  modelId: string,
  asked: Partial<ReasoningRequest> | null,
): [unknown, string[]] {
  const reasoning = asked === null ? null : { ...NOTHING, ...asked };
  const { body, warnings } = encode({ reasoning }, chatDialectOf(type), { modelId });
  return [body['reasoning_effort'], warnings];
}

describe('wire case 133: thinking requested in another format', () => {
  test.each([
    [0, 'none'],
    [1024, 'low'],
    [4000, 'low'],
    [10_000, 'medium'],
    [31_999, 'high'],
  ])('a budget of %i tokens is the effort %s', (budgetTokens, expected) => {
    expect(effort(llamaCppType, 'm', { budgetTokens })).toEqual([expected, []]);
  });

  test('nothing is sent if nothing was requested', () => {
    expect(effort(llamaCppType, 'm', null)).toEqual([undefined, []]);
    expect(effort(llamaCppType, 'm', {})).toEqual([undefined, []]);
  });

  test('an effort takes precedence over a budget', () => {
    expect(effort(llamaCppType, 'm', { effort: 'max', budgetTokens: 1024 })).toEqual(['max', []]);
  });

  test('an unsupported value becomes the nearest one, with a warning', () => {
    expect(effort(openAiType, 'gpt-5', { effort: 'max' })).toEqual([
      'high',
      ['parameter_changed=reasoning_effort high'],
    ]);
    expect(effort(openAiType, 'o3', { effort: 'none' })).toEqual([
      'low',
      ['parameter_changed=reasoning_effort low'],
    ]);
  });

  test('models without effort get none: a request with one would fail', () => {
    const dropped = [undefined, ['parameter_dropped=reasoning_effort']];
    expect(effort(openAiType, 'gpt-4.1', { effort: 'high' })).toEqual(dropped);
    expect(effort(openAiType, 'gpt-5-chat-latest', { effort: 'high' })).toEqual(dropped);
    expect(effort(groqType, 'llama-3.3-70b-versatile', { effort: 'high' })).toEqual(dropped);
    expect(effort(groqType, 'openai/gpt-oss-120b', { effort: 'high' })).toEqual(['high', []]);
  });

  test('the display of thinking has no equivalent and causes a warning', () => {
    expect(effort(llamaCppType, 'm', { display: 'omitted' })).toEqual([
      undefined,
      ['parameter_dropped=thinking.display'],
    ]);
  });
});

test('wire case 133: servers about which nothing is known get an effort only for models that take one anywhere', () => {
  const sent = (modelId: string): unknown => effort(openAiCompatibleType, modelId, { effort: 'high' })[0];
  const known = [
    'openai/o3',
    'o4-mini',
    'gpt-5.1',
    'openai/gpt-oss-120b',
    'grok-3-mini',
    'google/gemini-2.5-flash',
  ];
  expect(known.map(sent)).toEqual(known.map(() => 'high'));
  const others = ['grok-4', 'qwen3', 'o1-preview', 'gpt-4o', 'gpt-5-chat-latest', 'solo3', 'deepseek-chat'];
  expect(others.map(sent)).toEqual(others.map(() => undefined));
  expect(effort(openAiCompatibleType, 'grok-4', { budgetTokens: 4000 })[1]).toEqual([
    'parameter_dropped=reasoning_effort',
  ]);
  const { body } = encode({ reasoning: { ...NOTHING, effort: 'low' } }, chatDialectOf(openAiCompatibleType), {
    modelId: 'my-model',
    reasons: true,
  });
  expect(body['reasoning_effort']).toBe('low');
});

test('wire cases 155, 156: Ollama only gets the effort none', () => {
  expect(effort(ollamaType, 'qwen3', { effort: 'none' })).toEqual(['none', []]);
  expect(effort(ollamaType, 'qwen3', { effort: 'high' })).toEqual([
    undefined,
    ['parameter_dropped=reasoning_effort'],
  ]);
});
