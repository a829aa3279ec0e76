import { expect, test } from 'vitest';
import { encodeOllamaChatRequest } from '../../../../src/wire/ollama-chat/encode/request.ts';
import { chatRequest } from '../../../support/openai-upstream.ts';
import { target } from '../../../support/wire.ts';
import { DIALECT } from '../lines.ts';

test('a client that asks for a summary of the thinking of Ollama’s model gets it, without a warning', () => {
  const warningsOf = (display: string): string[] => {
    const request = chatRequest({ reasoning: { effort: 'medium', budgetTokens: null, display } });
    const { warnings } = encodeOllamaChatRequest(request, target({ reasons: true }), DIALECT);
    return warnings.map(({ detail }) => detail);
  };
  expect(warningsOf('summarized')).toEqual([]);
  expect(warningsOf('omitted')).toEqual(['thinking.display']);
});
