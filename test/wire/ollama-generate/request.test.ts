import { expect, test } from 'vitest';

import { decoded, toOpenAi } from '../ollama-chat/client.ts';

const generate = (body: object): ReturnType<typeof decoded> => decoded(body, {}, 'ollama-generate');

test('a prompt is a chat of one turn, with its system text and images', () => {
  const { request, warnings } = generate({
    model: 'm',
    prompt: 'What is it?',
    system: 'Be brief.',
    images: ['iVBORw0KGgo='],
    options: { seed: 3 },
    think: false,
  });
  expect(request).toMatchObject({
    messages: [
      { role: 'system', parts: [{ text: 'Be brief.' }] },
      { role: 'user', parts: [{ text: 'What is it?' }, { type: 'image' }] },
    ],
    tools: [],
    reasoning: { effort: 'none' },
    extras: { seed: 3 },
    stream: true,
  });
  expect(warnings).toEqual([]);
  const { body } = toOpenAi({ prompt: 'a', system: '', stream: false }, {}, 'ollama-generate');
  expect(JSON.parse(String(body))).toMatchObject({ messages: [{ role: 'user', content: 'a' }] });
});

test.each([
  ['raw', true],
  ['suffix', 'return'],
  ['template', '{{ .Prompt }}'],
  ['context', [1, 2]],
])('%s is refused with what to send instead', (name, value) => {
  expect(() => generate({ prompt: 'a', [name]: value })).toThrow(
    expect.objectContaining({
      code: 'unsupported_parameter',
      message: expect.stringMatching(/POST \/|applies/) as string,
      options: expect.objectContaining({ param: name }) as object,
    }),
  );
});

test('fields that clients send empty do not matter', () => {
  const empty = { raw: false, suffix: '', template: null, context: [], system: '', images: null };
  expect(generate({ prompt: 'a', ...empty }).request.messages).toHaveLength(1);
});
