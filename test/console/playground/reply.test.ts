import { expect, test } from 'vitest';

import { chatBody, userMessage } from '../../../src/console/playground/chat.ts';
import { replyHead } from '../../../src/console/playground/reply/reply-head.ts';
import { ReplyParts } from '../../../src/console/playground/reply/reply-parts.ts';
import { SseReader } from '../../../src/console/playground/reply/sse.ts';
import { TextBlocks } from '../../../src/console/playground/reply/text-blocks.ts';

const STREAM =
  ': laneway-target a/m\n\ndata: {"a":1}\r\n\r\nevent: x\ndata: one\ndata: two\n\ndata: [DONE]\n\n';

test('a stream reads the same in whatever pieces it arrives', () => {
  const whole = new SseReader().push(STREAM);
  expect(whole).toEqual([
    { type: 'comment', text: 'laneway-target a/m' },
    { type: 'data', text: '{"a":1}' },
    { type: 'data', text: 'one\ntwo' },
    { type: 'data', text: '[DONE]' },
  ]);
  for (let size = 1; size < 9; size += 1) {
    const reader = new SseReader();
    const pieces = Array.from({ length: Math.ceil(STREAM.length / size) }, (_, index) =>
      STREAM.slice(index * size, (index + 1) * size),
    );
    expect(pieces.flatMap((piece) => reader.push(piece))).toEqual(whole);
  }
});

const delta = (fields: object): object => ({ choices: [{ index: 0, delta: fields }] });

test('text, reasoning and calls come together from their pieces, and a role alone is no token', () => {
  const parts = new ReplyParts();
  expect(parts.add(delta({ role: 'assistant', content: '' }))).toBe(false);
  expect(parts.add(delta({ reasoning_content: 'hm' }))).toBe(true);
  parts.add(delta({ content: 'so' }));
  parts.add(delta({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{"a"' } }] }));
  parts.add(delta({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }));
  parts.add({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } });
  expect([parts.reasoning.text, parts.content.text, parts.usage]).toEqual([
    'hm',
    'so',
    { input: 3, output: 4, reasoning: null },
  ]);
  expect(parts.message(true)).toMatchObject({
    content: 'so',
    tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{"a":1}' } }],
  });
  // Cut: the arguments may be half.
  expect(parts.message(false)).toEqual({ role: 'assistant', content: 'so' });
});

test.each([null, 7, 'text', [], { choices: 3 }, delta({ content: 3, tool_calls: [null, { index: 1e9 }] })])(
  'an odd chunk does no harm: %j',
  (chunk) => {
    const parts = new ReplyParts();
    parts.add(chunk);
    expect(parts.content.text).toBe('');
    expect(parts.calls().length).toBeLessThan(3);
  },
);

test('a long text is shown in blocks that keep every character, and never split one', () => {
  for (const text of ['line of words\n\n'.repeat(3_000), `a${'🦜'.repeat(100_000)}`, '\n'.repeat(20_000)]) {
    const blocks = new TextBlocks();
    for (let at = 0; at < text.length; at += 999) {
      blocks.push(text.slice(at, at + 999));
      if (at % 5 === 0) blocks.snapshot();
    }
    const shown = blocks.snapshot();
    expect(shown.length).toBeGreaterThan(2);
    expect(shown.join('')).toBe(text);
    expect(shown.every((block) => block.isWellFormed())).toBe(true);
  }
});

test('headers are decoded, and warnings split', () => {
  const head = replyHead(
    new Headers({
      'x-laneway-target': 'a/mod%C3%A8le',
      'x-laneway-attempts': '2',
      'x-laneway-warnings': 'lowered=max_tokens (900 to 500), dropped=100%; a=b',
    }),
  );
  expect(head).toMatchObject({ target: 'a/modèle', attempts: 2, generation: null });
  expect(head.warnings).toEqual([
    { code: 'lowered', detail: 'max_tokens (900 to 500)' },
    { code: 'dropped', detail: '100%; a=b' },
  ]);
});

test('empty settings are left out of the request, and a failed turn with them', () => {
  const options = { system: ' ', temperature: null, maxTokens: null, tools: [], schema: null, stream: false };
  const failed = { input: [userMessage('first', [])], answer: null };
  expect(chatBody('auto', options, [failed], [userMessage('second', [])])).toEqual({
    model: 'auto',
    messages: [{ role: 'user', content: 'second' }],
    stream: false,
  });
});
