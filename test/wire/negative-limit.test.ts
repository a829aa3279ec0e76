import { expect, test } from 'vitest';

import type { WireFormat } from '../../src/protocol/wire.ts';
import { wireOf } from '../../src/wire/wires.ts';
import { json } from '../support/wire.ts';

function limitOf(format: WireFormat, more: object): number | null {
  const messages = [{ role: 'user', content: 'hi' }];
  return wireOf(format).scan(json({ model: 'm', messages, ...more })).facts.maxOutputTokens;
}

test.each([
  { format: 'anthropic-messages' as const, name: 'max_tokens', value: -1 },
  { format: 'anthropic-messages' as const, name: 'max_tokens', value: -7 },
  { format: 'openai-chat' as const, name: 'max_tokens', value: -7 },
  { format: 'openai-chat' as const, name: 'max_completion_tokens', value: -7 },
])(
  'a negative limit is rejected by name, not treated as no limit: $format $name $value',
  ({ format, name, value }) => {
    expect(() => limitOf(format, { [name]: value })).toThrow(
      expect.objectContaining({ code: 'invalid_body', options: expect.objectContaining({ param: name }) }),
    );
  },
);

test('-1, which OpenAI clients send to llama-server for no limit, means no limit', () => {
  expect(limitOf('openai-chat', { max_tokens: -1 })).toBeNull();
});
