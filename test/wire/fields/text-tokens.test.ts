import { expect, test } from 'vitest';
import { refineEstimate } from '../../../src/wire/fields/refine-estimate.ts';
import { textTokens } from '../../../src/wire/fields/text-tokens.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import { TEXTS } from './texts.ts';

/** Counts by the tokenizers of Llama 3 (llama3-tokenizer-js 1.2) and OpenAI (gpt-tokenizer, o200k), 2026-11-29. */
const COUNTS: readonly (readonly [string, number, number])[] = [
  ['English prose', 89, 89],
  ['Russian prose', 137, 121],
  ['German prose', 145, 113],
  ['Chinese prose', 144, 168],
  ['indented JSON', 153, 153],
  ['a table', 108, 108],
  ['TypeScript', 160, 160],
  ['lines of a log', 232, 232],
];

const estimate = (text: string): number => {
  const json = Buffer.from(JSON.stringify(text));
  return textTokens(json, 1, json.length - 1);
};

test.each(COUNTS)('the estimate of %s is near the true count', (name, llama, openAi) => {
  const tokens = estimate(TEXTS[name] ?? '');
  expect(tokens).toBeGreaterThan(0.7 * Math.max(llama, openAi));
  expect(tokens).toBeLessThan(1.3 * Math.min(llama, openAi));
});

test.each([
  ['escapes of every kind', '"\\\\\n\r\t\b\f\u0001 é п 网 😀'.repeat(9)],
  ['an empty text', ''],
])('%s count as finite tokens', (_name, text) => {
  expect(estimate(text)).toBeGreaterThanOrEqual(0);
  expect(Number.isFinite(estimate(text))).toBe(true);
});

/** The refined estimate of a chat with this content. */
const refined = (content: unknown): number => {
  const { body, facts } = scanOpenAiChat(
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] })),
  );
  return refineEstimate(body, facts);
};

test('indented JSON inside a request is estimated by its characters', () => {
  const text = (TEXTS['indented JSON'] ?? '').repeat(40);
  expect(refined(text) / (153 * 40)).toBeGreaterThan(0.7);
  expect(refined(text) / (153 * 40)).toBeLessThan(1.1);
});

test('an image counts as before, whatever its size', () => {
  const url = `data:image/png;base64,${'iVBORw0KGgo'.repeat(5000)}`;
  expect(refined([{ type: 'image_url', image_url: { url } }])).toBe(1000);
});

test('of a large text a part is read, and the rest is taken to be alike', () => {
  const text = (TEXTS['a table'] ?? '').repeat(2000);
  expect(refined(text) / (108 * 2000)).toBeGreaterThan(0.7);
  expect(refined(text) / (108 * 2000)).toBeLessThan(1.1);
});
