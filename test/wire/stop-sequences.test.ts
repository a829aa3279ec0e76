import { describe, expect, test } from 'vitest';

import { groqType } from '../../src/providers/groq/settings.ts';
import { llamaCppType } from '../../src/providers/llamacpp/settings.ts';
import { ollamaType } from '../../src/providers/ollama/settings.ts';
import { openAiCompatibleType } from '../../src/providers/openai-compatible/settings.ts';
import { openAiType } from '../../src/providers/openai/settings.ts';
import { anthropicType } from '../../src/providers/anthropic/settings.ts';
import { vllmType } from '../../src/providers/vllm/settings.ts';
import type { ProviderType } from '../../src/providers/provider-type.ts';
import type { WireFormat } from '../../src/protocol/wire.ts';
import { wireOf } from '../../src/wire/wires.ts';
import { json, openAt } from '../support/wire.ts';

interface Sent {
  readonly stops: unknown;
  readonly warnings: readonly string[];
}

/** The stop sequences that reach a model for a client of one wire. */
function sent(
  { settings }: ProviderType,
  modelId: string,
  format: WireFormat,
  stop: unknown,
  params: Record<string, unknown> = {},
): Sent {
  const key = format === 'anthropic-messages' ? 'stop_sequences' : 'stop';
  const input =
    format === 'openai-completions' ? { prompt: 'a' } : { messages: [{ role: 'user', content: 'a' }] };
  const body = { model: 'm', max_tokens: 9, ...input, ...(stop === undefined ? {} : { [key]: stop }) };
  const made = openAt(wireOf(format).scan(json(body)), settings.endpoints, { modelId, params });
  const out = JSON.parse(String(made.body)) as Record<string, unknown> & { options?: { stop?: unknown } };
  return {
    stops: out['stop'] ?? out['stop_sequences'] ?? out.options?.stop,
    warnings: made.warnings.map(({ code, detail }) => `${code}=${detail}`),
  };
}

const some = (count: number): string[] => Array.from({ length: count }, (_, index) => `s${index}`);
const WIRES = ['openai-chat', 'anthropic-messages'] as const;

describe.each(WIRES)('wire case 212: stop sequences of a client of %s', (format) => {
  test.each(['o3', 'o4-mini', 'gpt-5', 'gpt-5.2'])('are dropped for the reasoning model %s', (model) => {
    const expected = { stops: undefined, warnings: ['parameter_dropped=stop'] };
    expect(sent(openAiType, model, format, ['END'])).toEqual(expected);
    expect(sent(openAiType, model, format, some(9))).toEqual(expected);
    expect(sent(openAiType, model, format, undefined, { stop: ['END'] })).toEqual(expected);
  });

  test('that are none are no warning', () => {
    expect(sent(openAiType, 'gpt-4o', format, some(4))).toEqual({ stops: some(4), warnings: [] });
    expect(sent(openAiType, 'gpt-5-chat-latest', format, ['END'])).toEqual({ stops: ['END'], warnings: [] });
  });

  test.each([openAiType, groqType, openAiCompatibleType, vllmType])(
    'above four are left out (%#)',
    (type) => {
      const { stops, warnings } = sent(type, 'gpt-4o', format, some(6));
      expect(stops).toEqual(some(4));
      expect(warnings).toEqual(['parameter_changed=stop (first 4 of 6)']);
    },
  );

  test.each([llamaCppType, ollamaType])('all reach an engine without a limit (%#)', (type) => {
    expect(sent(type, 'm', format, some(20))).toEqual({ stops: some(20), warnings: [] });
  });

  test('above sixteen are left out for Anthropic', () => {
    const { stops, warnings } = sent(anthropicType, 'claude-sonnet-4-5', format, some(17));
    expect(stops).toEqual(some(16));
    const name = format === 'openai-chat' ? 'stop' : 'stop_sequences';
    expect(warnings).toEqual([`parameter_changed=${name} (first 16 of 17)`]);
    expect(sent(anthropicType, 'claude-sonnet-4-5', format, some(16)).warnings).toEqual([]);
  });

  test('that are defaults of the target obey the same limits', () => {
    const stop = some(17);
    expect(sent(openAiType, 'gpt-4o', format, undefined, { stop }).stops).toEqual(some(4));
    expect(sent(anthropicType, 'claude-sonnet-4-5', format, undefined, { stop }).stops).toEqual(some(16));
  });
});

test('wire case 212: completions have the limits of their server', () => {
  const expected = { stops: some(4), warnings: ['parameter_changed=stop (first 4 of 5)'] };
  expect(sent(openAiType, 'gpt-3.5-turbo-instruct', 'openai-completions', some(5))).toEqual(expected);
  expect(sent(vllmType, 'm', 'openai-completions', some(5))).toEqual(expected);
  expect(sent(llamaCppType, 'm', 'openai-completions', some(5)).stops).toEqual(some(5));
});

test('wire case 212: a single sequence and null pass unchanged', () => {
  expect(sent(openAiType, 'gpt-4o', 'openai-chat', 'END')).toEqual({ stops: 'END', warnings: [] });
  expect(sent(openAiType, 'o3', 'openai-chat', null)).toEqual({ stops: undefined, warnings: [] });
});
