import { expect, test } from 'vitest';
import { findModel } from '../../../src/config/migrate/model-name.ts';
import { known } from './older.ts';

test.each([
  ['a tagged name of Ollama', 'llama3.1:8b', 'ollama/llama3.1:8b'],
  ['an untagged one, which means the latest', 'mistral', 'ollama/mistral:latest'],
  [
    'one of Hugging Face',
    'hf.co/bartowski/Llama-3.2-1B-GGUF:Q4_K_M',
    'ollama/hf.co/bartowski/Llama-3.2-1B-GGUF:Q4_K_M',
  ],
  ['provider:model', 'openai:gpt-4o-mini', 'openai/gpt-4o-mini'],
  ['a provider in another spelling', 'Llama.cpp:qwen3-0.6b-q4.gguf', 'llamacpp/qwen3-0.6b-q4.gguf'],
  ['Ollama as the provider', 'ollama:mistral', 'ollama/mistral:latest'],
  ['a full id', 'groq/openai/gpt-oss-20b', 'groq/openai/gpt-oss-20b'],
  ['a configured model without its provider', 'gpt-4o', 'openai/gpt-4o'],
])('%s', (_, written, id) => {
  expect(findModel(written, 'local', known())).toEqual({ id });
});

test('a model of Ollama stays one where a cloud of the same name is configured', () => {
  const both = known({
    providers: { mistral: { type: 'openai_compatible', base_url: 'https://api.mistral.ai/v1' } },
  });
  expect(findModel('mistral:latest', 'local', both)).toEqual({ id: 'ollama/mistral:latest' });
  expect(findModel('mistral:7b', 'local', both)).toEqual({ id: 'ollama/mistral:7b' });
  expect(findModel('mistral:mistral-large-2512', 'local', both)).toEqual({
    id: 'mistral/mistral-large-2512',
  });
  expect(findModel('mistral:latest', 'cloud', both)).toEqual({ id: 'mistral/latest' });
});

test.each([
  [
    'an unknown cloud is named, with what is configured',
    'mistral:large',
    /no provider "mistral".*vllm, llamacpp/,
  ],
  ['a cloud model without a provider', 'gpt-99', /names no provider; write it as openai:gpt-99/],
  ['nothing', ' ', /is empty/],
  ['a key, which is not shown', 'sk-fake-000000', /^looks like a key[^0]*$/],
])('as a cloud fallback, %s is a fault', (_, written, fault) => {
  expect(findModel(written, 'cloud', known())).toEqual({ fault: expect.stringMatching(fault) as unknown });
});

test('without a provider for Ollama a local name is a fault', () => {
  const found = findModel('llama3.1:8b', 'local', known({ providers: { ollama: null } }));
  expect(found).toEqual({ fault: expect.stringContaining('no provider of type ollama') as unknown });
});
