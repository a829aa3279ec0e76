import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groqType } from '../../../../src/providers/groq/settings.ts';
import { scanMessages } from '../../../../src/wire/anthropic-messages/scan.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import type { ScannedRequest } from '../../../../src/wire/exchange.ts';
import { json, openAt } from '../../../support/wire.ts';

type Message = Readonly<Record<string, unknown>>;

const QUESTION = { role: 'user', content: '?' };
const GPT_OSS = 'openai/gpt-oss-120b';

function send(request: ScannedRequest, modelId: string): { turn: unknown; warnings: readonly string[] } {
  const { body, warnings } = openAt(request, groqType.settings.endpoints, { modelId });
  const { messages } = JSON.parse(body.toString()) as { messages: Message[] };
  return { turn: messages[1], warnings: warnings.map(({ detail }) => detail) };
}

const fromOpenAi = (turn: Message, modelId = GPT_OSS): ReturnType<typeof send> =>
  send(scanOpenAiChat(json({ model: 'm', messages: [QUESTION, turn, QUESTION] })), modelId);

describe('wire case 146: thinking in the history of a Groq model', () => {
  const said = { role: 'assistant', content: 'a' };

  test('reaches gpt-oss from a client of either API, without a warning', () => {
    expect(fromOpenAi({ ...said, reasoning_content: 'Hm.' })).toEqual({
      turn: { ...said, reasoning: 'Hm.' },
      warnings: [],
    });
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: '' },
      { type: 'text', text: 'a' },
    ];
    const turns = [QUESTION, { role: 'assistant', content }, QUESTION];
    expect(send(scanMessages(json({ model: 'm', max_tokens: 9, messages: turns })), GPT_OSS)).toMatchObject({
      turn: { ...said, reasoning: 'Hm.' },
      warnings: [],
    });
  });

  test('is left out with a warning for its other models, which reject it', () => {
    expect(fromOpenAi({ ...said, reasoning_content: 'Hm.' }, 'llama-3.3-70b')).toEqual({
      turn: said,
      warnings: ['messages.reasoning_content'],
    });
  });

  test('arrives from any position of any keys', () => {
    const given: Message = { ...said, name: 'x', reasoning_content: 'Hm.', thinking_blocks: [] };
    fc.assert(
      fc.property(fc.shuffledSubarray(Object.keys(given), { minLength: 5 }), (order) => {
        const { turn } = fromOpenAi(Object.fromEntries(order.map((key) => [key, given[key]])));
        expect(turn).toEqual({ ...said, name: 'x', reasoning: 'Hm.' });
      }),
    );
  });

  test('has no place in a message without any other key', () => {
    expect(fromOpenAi({ reasoning_content: 'Hm.' }).turn).toEqual({});
  });
});
