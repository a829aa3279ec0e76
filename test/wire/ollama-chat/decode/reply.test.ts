import { expect, test } from 'vitest';
import { decodeOllamaChatReply } from '../../../../src/wire/ollama-chat/decode/reply.ts';
import { call, last, line } from '../lines.ts';

const reply = (message: object, more: object = { done: true, done_reason: 'stop' }): Buffer =>
  Buffer.from(line(message, more));

test('a whole reply has thinking, text and calls in this order', () => {
  const calls = [call('look', { at: 'Rome' })];
  const decoded = decodeOllamaChatReply(reply({ content: 'Hi', thinking: 'Hm', tool_calls: calls }));
  expect(decoded).toMatchObject({
    model: 'm:latest',
    finish: 'tool-calls',
    parts: [
      { type: 'thinking', text: 'Hm', signature: null },
      { type: 'text', text: 'Hi' },
      {
        type: 'tool-call',
        name: 'look',
        arguments: '{"at":"Rome"}',
        id: expect.stringMatching(/^call_/) as string,
      },
    ],
  });
});

test('wire case 152: a reply to a request without messages is empty', () => {
  const decoded = decodeOllamaChatReply(Buffer.from(last('load', {})));
  expect(decoded).toMatchObject({ parts: [], finish: 'stop', usage: null });
});

test('a whole reply that is not done is not whole: seen when a model only repeats one token', () => {
  expect(() => decodeOllamaChatReply(reply({ content: 'a' }, { done: false }))).toThrow(
    'without a finish reason',
  );
});

test('wire case 150: an error with status 200 is an error', () => {
  expect(() => decodeOllamaChatReply(Buffer.from('{"error":"server busy"}'))).toThrow('server busy');
});
