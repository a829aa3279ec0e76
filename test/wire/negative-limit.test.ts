import { expect, test } from 'vitest';

import type { ClientWire } from '../../src/wire/client-wire.ts';
import { messagesClient } from '../../src/wire/anthropic-messages/client.ts';
import { openAiChatClient } from '../../src/wire/openai-chat/client.ts';
import { json } from '../support/wire.ts';

function limitOf(wire: ClientWire, more: object): number | null {
  const messages = [{ role: 'user', content: 'hi' }];
  return wire.read(json({ model: 'm', messages, ...more })).facts.maxOutputTokens;
}

test.each([
  { wire: messagesClient, name: 'max_tokens', value: -1 },
  { wire: messagesClient, name: 'max_tokens', value: -7 },
  { wire: openAiChatClient, name: 'max_tokens', value: -7 },
  { wire: openAiChatClient, name: 'max_completion_tokens', value: -7 },
])(
  'a negative limit is refused by its name, not taken for no limit: $wire.format $name $value',
  ({ wire, name, value }) => {
    expect(() => limitOf(wire, { [name]: value })).toThrow(
      expect.objectContaining({ code: 'invalid_body', options: expect.objectContaining({ param: name }) }),
    );
  },
);

test('-1, which OpenAI clients send to llama-server for no limit, is none', () => {
  expect(limitOf(openAiChatClient, { max_tokens: -1 })).toBeNull();
});
