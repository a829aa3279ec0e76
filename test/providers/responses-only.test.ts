import { expect, test } from 'vitest';
import { RESPONSES_ONLY } from '../../src/providers/openai/model-facts.ts';

test.each([
  ...['o1-pro', 'o1-pro-2025-03-19', 'o3-pro', 'gpt-5-pro', 'gpt-5-pro-2025-10-06', 'gpt-5.5-pro'],
  ...['gpt-5-codex', 'gpt-5.1-codex-max', 'gpt-5.1-codex-mini', 'codex-mini-latest'],
  ...['o3-deep-research', 'o4-mini-deep-research-2025-06-26', 'computer-use-preview'],
])('%s is reached by the Responses API', (model) => {
  expect(RESPONSES_ONLY.test(model)).toBe(true);
});

test.each([
  'gpt-4o',
  'gpt-5',
  'gpt-5-mini',
  'gpt-5.1',
  'o1',
  'o3',
  'o4-mini',
  'ft:gpt-4o:acme',
  'gpt-5-chat-latest',
])('%s is reached by chat completions', (model) => {
  expect(RESPONSES_ONLY.test(model)).toBe(false);
});
