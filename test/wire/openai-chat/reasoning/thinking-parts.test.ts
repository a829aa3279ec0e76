import { expect, test } from 'vitest';

import { decodeOpenAiReply } from '../../../../src/wire/openai-chat/decode/reply.ts';
import { readMessages } from '../../../../src/wire/openai-chat/decode/messages.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { decode, joined } from '../../../support/openai-upstream.ts';
import { chunk, DONE, FINISH, json, ROLE } from '../../../support/wire.ts';

const SHAPES: readonly (readonly [string, object])[] = [
  ['Mistral’s list', { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] }],
  ['Anthropic’s block', { type: 'thinking', thinking: 'Hm.', signature: '' }],
  ['a reasoning part', { type: 'reasoning', text: 'Hm.' }],
  ['a thinking part with its text', { type: 'thinking', text: 'Hm.' }],
];
const THINKING = { type: 'thinking', text: 'Hm.', signature: null };

test.each(SHAPES)(
  'thinking in the content list of a reply is shown as thinking, not as the answer: %s',
  (_name, part) => {
    const message = { role: 'assistant', content: [part, { type: 'text', text: 'Yes.' }] };
    const body = json({ id: 'c', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] });
    expect(decodeOpenAiReply(body).parts).toEqual([THINKING, { type: 'text', text: 'Yes.' }]);
  },
);

test.each(SHAPES)('the same in a stream, as a list or as a single part: %s', (_name, part) => {
  for (const content of [[part], part]) {
    const events = joined(decode([ROLE, chunk({ content }), chunk({ content: 'Yes.' }), FINISH, DONE]));
    expect(events.slice(1, 3)).toEqual([
      { type: 'thinking-delta', text: 'Hm.' },
      { type: 'text-delta', text: 'Yes.' },
    ]);
  }
});

test.each(SHAPES)('a client may send it back for a model of another API: %s', (_name, part) => {
  const messages = [
    { role: 'user', content: '?' },
    { role: 'assistant', content: [part, { type: 'text', text: 'Yes.' }] },
  ];
  expect(readMessages(messages, null, [])[1]?.parts).toEqual([
    THINKING,
    { type: 'text', text: 'Yes.', cache: null },
  ]);
});

test('thinking under its own key is not read twice, and a question cannot hold any', () => {
  const [, part] = SHAPES[0] ?? [];
  const turn = { role: 'assistant', reasoning_content: 'Hm.', content: [part] };
  expect(readMessages([{ role: 'user', content: '?' }, turn], null, [])[1]?.parts).toEqual([THINKING]);
  expect(() => readMessages([{ role: 'user', content: [part] }], null, [])).toThrow();
});

test('its text counts towards the size of the prompt', () => {
  const tokens = (words: string): number =>
    scanOpenAiChat(
      json({
        model: 'm',
        messages: [
          { role: 'assistant', content: [{ type: 'thinking', thinking: [{ type: 'text', text: words }] }] },
        ],
      }),
    ).facts.estimatedTokens;
  expect(tokens('word '.repeat(1000))).toBeGreaterThan(tokens('word') + 500);
});
