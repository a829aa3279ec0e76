import fc from 'fast-check';
import { expect, test } from 'vitest';

import { PROVIDER_TYPES } from '../../../../src/providers/index.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { json, openAt } from '../../../support/wire.ts';

type Message = Record<string, unknown>;

function sent(type: string, messages: readonly Message[]): { messages: Message[]; warnings: string[] } {
  const settings = PROVIDER_TYPES.find((each) => each.settings.type === type)?.settings;
  if (settings === undefined) throw new Error(`no type ${type}`);
  const exchange = openAt(scanOpenAiChat(json({ messages })), settings.endpoints);
  const body = JSON.parse(Buffer.concat([exchange.body].flat()).toString()) as { messages: Message[] };
  return { messages: body.messages, warnings: exchange.warnings.map(({ detail }) => detail) };
}

const THOUGHT = {
  thinking_blocks: [{ type: 'thinking', thinking: 'Hm, "reasoning".', signature: '' }],
  reasoning_content: 'Hm.',
  reasoning: 'Hm.',
};
const ASKED = { role: 'user', content: 'Why?' };
const SAID = { role: 'assistant', content: 'Say "reasoning" and "thinking_blocks".' };

test.each([
  ['openai', {}, ['messages.thinking_blocks', 'messages.reasoning_content', 'messages.reasoning']],
  // The same thinking goes under the key that it reads.
  ['groq', { reasoning: 'Hm.' }, []],
  ['vllm', THOUGHT, []],
])('wire case 146: thinking under message keys that %s refuses is not sent', (type, kept, warnings) => {
  const given = sent(type, [ASKED, { ...SAID, ...THOUGHT }, ASKED]);
  expect(given.messages).toEqual([ASKED, { ...SAID, ...kept }, ASKED]);
  expect(given.warnings).toEqual(warnings);
});

test('wire case 146: the keys are removed at any position and the rest of the message stays intact', () => {
  const keys = ['role', 'content', 'name', ...Object.keys(THOUGHT)] as const;
  const values: Message = { ...SAID, name: 'x', ...THOUGHT };
  fc.assert(
    fc.property(fc.array(fc.shuffledSubarray([...keys]), { minLength: 1, maxLength: 3 }), (orders) => {
      const messages = orders.map((order) => Object.fromEntries(order.map((key) => [key, values[key]])));
      const left = messages.map((message) =>
        Object.fromEntries(Object.entries(message).filter(([key]) => !Object.hasOwn(THOUGHT, key))),
      );
      expect(sent('openai', messages).messages).toEqual(left);
    }),
  );
});
