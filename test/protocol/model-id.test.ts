import { expect, test } from 'vitest';
import { formatModelId, parseModelId } from '../../src/protocol/model-id.ts';

test.each([
  ['groq/llama-3.3-70b', 'groq', 'llama-3.3-70b'],
  ['groq/openai/gpt-oss-120b', 'groq', 'openai/gpt-oss-120b'],
  ['llamacpp//models/a.gguf', 'llamacpp', '/models/a.gguf'],
  ['ollama/qwen2.5-coder:14b', 'ollama', 'qwen2.5-coder:14b'],
])('wire case 169: %s is split at its first slash only, and can be joined again', (id, provider, modelId) => {
  expect(parseModelId(id)).toEqual({ provider, modelId });
  expect(formatModelId(provider, modelId)).toBe(id);
});

test.each(['', 'groq', '/llama', 'groq/'])('%j is not a full model id', (id) => {
  expect(parseModelId(id)).toBeNull();
});
