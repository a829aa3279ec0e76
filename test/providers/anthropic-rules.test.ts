import { describe, expect, test } from 'vitest';
import type { ModelRules } from '../../src/protocol/model-rules.ts';
import { claudeRules, listedRules } from '../../src/providers/anthropic/rules.ts';
import { anthropicType } from '../../src/providers/anthropic/settings.ts';

const rules = (id: string): ModelRules => claudeRules(id)!;

test('wire case 102: sampling parameters are dropped for exactly those Claude models that reject them', () => {
  const takes = [
    'claude-sonnet-4-20250514',
    'claude-opus-4-20250514',
    'claude-sonnet-4-0',
    'claude-opus-4-1-20250805',
    'claude-sonnet-4-5-20250929',
    'claude-opus-4-5',
    'claude-haiku-4-5-20251001',
    'claude-sonnet-4-6',
    'claude-opus-4-6',
    'claude-3-5-haiku-20241022',
    'claude-3-7-sonnet-latest',
    'claude-3-opus-latest',
    'claude-2.1',
    'claude-instant-1.2',
    'claude-sonnet-4@20250514',
    'us.anthropic.claude-opus-4-6-v1:0',
  ];
  const refusing = [
    'claude-opus-4-7',
    'claude-opus-4-7-20260416',
    'claude-opus-4-8',
    'claude-sonnet-5',
    'claude-opus-5',
    'claude-opus-5-5',
    'claude-sonnet-5-5',
    'claude-haiku-5-5',
    'claude-fable-5',
    'claude-fable-5-2',
    'claude-mythos-1',
    'claude-opus-40',
    'claude-opus-4-60',
  ];
  expect(takes.filter((id) => !rules(id).sampling)).toEqual([]);
  expect(refusing.filter((id) => rules(id).sampling)).toEqual([]);
});

/** The columns: enabled, disabling, adaptive, forced choice, JSON schema, output limit. */
test.each([
  ['claude-opus-4-20250514', true, 'always', false, true, false, 32_000],
  ['claude-sonnet-4-20250514', true, 'always', false, true, false, 64_000],
  ['claude-opus-4-1-20250805', true, 'always', false, true, true, 32_000],
  ['claude-haiku-4-5', true, 'always', false, true, true, 64_000],
  ['claude-sonnet-4-6', true, 'always', true, true, true, 128_000],
  ['claude-opus-4-8', true, 'always', true, true, true, 128_000],
  ['claude-sonnet-5', true, 'always', true, true, true, 128_000],
  ['claude-opus-5-20260724', true, 'below-xhigh', true, true, true, 128_000],
  ['claude-fable-5', false, 'never', true, true, true, 128_000],
  ['claude-haiku-5-5', false, 'below-xhigh', true, true, true, 128_000],
  ['claude-fable-5-1', false, 'never', true, false, true, 128_000],
  ['claude-opus-5-5', false, 'never', true, false, true, 128_000],
  ['claude-sonnet-5-5', false, 'between-tools', true, false, true, 128_000],
  ['claude-of-tomorrow', true, 'below-xhigh', true, true, true, null],
])('%s: the built-in table', (id, manual, without, adaptive, forced, schema, max) => {
  const { manualThinking, withoutThinking, adaptiveThinking, forcedToolChoice, jsonSchema, maxOutputTokens } =
    rules(id);
  expect([
    manualThinking,
    withoutThinking,
    adaptiveThinking,
    forcedToolChoice,
    jsonSchema,
    maxOutputTokens,
  ]).toEqual([manual, without, adaptive, forced, schema, max]);
});

test('prefill ends with 4.5; system turns between others work from Opus 4.8 on, but not with Sonnet 5', () => {
  const ids = [
    'claude-opus-4-5',
    'claude-opus-4-6',
    'claude-opus-4-7',
    'claude-opus-4-8',
    'claude-sonnet-5',
    'claude-opus-5',
  ];
  expect(ids.filter((id) => rules(id).prefill)).toEqual(['claude-opus-4-5']);
  expect(ids.filter((id) => rules(id).systemTurns)).toEqual(['claude-opus-4-8', 'claude-opus-5']);
});

test('only Claude models have rules, also those that are not in the provider’s list', () => {
  expect(claudeRules('glm-5')).toBeNull();
  expect(anthropicType.settings.rulesFor?.('claude-opus-4-7')).toEqual(rules('claude-opus-4-7'));
});

describe('the vendor’s list overrides the table', () => {
  const yes = { supported: true };
  const no = { supported: false };

  test('in every field that it contains', () => {
    const entry = {
      max_tokens: 96_000,
      capabilities: {
        thinking: {
          supported: true,
          types: { adaptive: yes, enabled: no, disabled: no, between_tools: yes },
        },
        effort: { supported: true, low: yes, medium: yes, high: yes, xhigh: null, max: yes },
        structured_outputs: no,
        pdf_input: no,
      },
    };
    expect(listedRules('claude-of-tomorrow', entry)).toEqual({
      ...rules('claude-of-tomorrow'),
      manualThinking: false,
      adaptiveThinking: true,
      withoutThinking: 'between-tools',
      efforts: ['low', 'medium', 'high', 'max'],
      jsonSchema: false,
      documents: false,
      maxOutputTokens: 96_000,
    });
  });

  test('but not in the fields that it leaves open', () => {
    const old = rules('claude-opus-4-5');
    expect(listedRules('claude-opus-4-5', { capabilities: null, max_tokens: null })).toEqual(old);
    expect(listedRules('claude-opus-4-5', { capabilities: { thinking: {} } })).toEqual(old);
    expect(listedRules('glm-5', { max_tokens: 1 })).toBeNull();
  });

  test('thinking that can be disabled does not lift the limit of effort', () => {
    const entry = (disabled: object): object => ({
      capabilities: { thinking: { types: { disabled, between_tools: no } } },
    });
    const without = (id: string, disabled: object): unknown =>
      listedRules(id, entry(disabled) as Record<string, unknown>)?.withoutThinking;
    expect(without('claude-opus-5', yes)).toBe('below-xhigh');
    expect(without('claude-fable-5', yes)).toBe('always');
    expect(without('claude-opus-5', no)).toBe('never');
  });

  test('an effort that is listed as unsupported is never sent', () => {
    expect(listedRules('claude-opus-5', { capabilities: { effort: no } })?.efforts).toEqual([]);
  });
});
