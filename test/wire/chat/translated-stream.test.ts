import { expect, test } from 'vitest';

import type { StreamTransform } from '../../../src/wire/exchange.ts';
import { scanMessages } from '../../../src/wire/anthropic-messages/scan.ts';
import { scanOpenAiChat } from '../../../src/wire/openai-chat/scan.ts';
import {
  chunk,
  DONE,
  FINISH,
  json,
  MESSAGES_ENDPOINT,
  openAiEndpoint,
  openAt,
  relay,
  ROLE,
  TEXT,
  USAGE,
} from '../../support/wire.ts';

/** An OpenAI client of an Anthropic upstream. */
function fromAnthropic(): StreamTransform {
  const request = scanOpenAiChat(json({ stream: true, messages: [{ role: 'user', content: '?' }] }));
  return openAt(request, [MESSAGES_ENDPOINT]).stream();
}

/** An Anthropic client of an OpenAI upstream. */
function fromOpenAi(): StreamTransform {
  const body = { model: 'm', max_tokens: 9, stream: true, messages: [{ role: 'user', content: '?' }] };
  return openAt(scanMessages(json(body)), [openAiEndpoint()]).stream();
}

const named = (type: string, more: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
const START = named('message_start', {
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 5, output_tokens: 1 },
  },
});
const PING = named('ping');
const begin = (block: object, index = 0): string =>
  named('content_block_start', { index, content_block: block });
const delta = (piece: object, index = 0): string => named('content_block_delta', { index, delta: piece });
const stop = (index = 0): string => named('content_block_stop', { index });
const END =
  named('message_delta', {
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 7 },
  }) + named('message_stop');
const TEXT_BLOCK = begin({ type: 'text', text: '' }) + delta({ type: 'text_delta', text: 'Hi' }) + stop();

test.each([
  ['text', delta({ type: 'text_delta', text: 'Hi' }), begin({ type: 'text', text: '' })],
  [
    'thinking',
    delta({ type: 'thinking_delta', thinking: 'Hm' }),
    begin({ type: 'thinking', thinking: '', signature: '' }),
  ],
  ['a tool’s name', begin({ type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }), ''],
])(
  'wire case 195: a translated stream is held until its first content, here %s',
  (_name, content, before) => {
    const stream = fromAnthropic();
    expect(relay(stream, [START, PING, before], false)).toMatchObject({ output: '', state: 'held' });
    const { output, state } = relay(stream, [content], false);
    expect(state).toBe('open');
    expect(output).toContain('"role":"assistant"');
  },
);

test('wire case 116: after an error before any content nothing goes out; after content the error does', () => {
  const failed = named('error', { error: { type: 'overloaded_error', message: 'Overloaded' } });
  expect(relay(fromAnthropic(), [START, failed])).toEqual({
    output: '',
    state: 'failed',
    fault: 'error_event',
  });
  const late = relay(fromAnthropic(), [START, TEXT_BLOCK, failed]);
  expect(late).toMatchObject({ state: 'failed', fault: 'error_event' });
  expect(late.output).toContain('"Hi"');
  expect(late.output).not.toContain('[DONE]');
});

test('wire case 115: a translated stream without its stop reason is cut, not finished', () => {
  const anthropic = relay(fromAnthropic(), [START, TEXT_BLOCK]);
  expect(anthropic).toMatchObject({ state: 'failed', fault: 'cut' });
  expect(anthropic.output).not.toContain('finish_reason":"stop"');
  const openAi = relay(fromOpenAi(), [ROLE, TEXT, DONE]);
  expect(openAi).toMatchObject({ state: 'failed', fault: 'cut' });
  expect(openAi.output).not.toContain('message_stop');
});

test('after its stop reason a translated answer is complete, whatever garbled or missing events follow', () => {
  for (const [stream, parts] of [
    [fromOpenAi(), [ROLE, TEXT, FINISH, 'data: {"garbled\n\n']],
    [fromOpenAi(), [ROLE, TEXT, FINISH]],
    [fromOpenAi(), [ROLE, TEXT, FINISH, USAGE, 'data: [DO']],
    [fromAnthropic(), [START, TEXT_BLOCK, END.slice(0, END.indexOf('event: message_stop'))]],
  ] as const) {
    expect(relay(stream, parts).state).toBe('complete');
  }
});

test('usage, model and signatures of a translated stream are known at its end', () => {
  const stream = fromAnthropic();
  const thinking =
    begin({ type: 'thinking', thinking: '', signature: '' }) +
    delta({ type: 'thinking_delta', thinking: 'Hm' }) +
    delta({ type: 'signature_delta', signature: 'sig-1' }) +
    stop();
  const redacted = begin({ type: 'redacted_thinking', data: 'data-1' }, 1) + stop(1);
  relay(stream, [START, thinking, redacted, TEXT_BLOCK.replaceAll('"index":0', '"index":2'), END]);
  expect(stream.state).toBe('complete');
  expect(stream.model).toBe('claude-x');
  expect(stream.usage).toMatchObject({ inputTokens: 5, outputTokens: 7 });
  expect(stream.signatures).toEqual(['sig-1', 'data-1']);
});

test('a translated stream does not depend on how the network slices it', () => {
  const openAi = [ROLE, TEXT, chunk({ content: ' more' }), FINISH, USAGE, DONE].join('');
  const anthropic = [START, PING, TEXT_BLOCK, END].join('');
  for (const [open, text] of [
    [fromOpenAi, openAi],
    [fromAnthropic, anthropic],
  ] as const) {
    const whole = relay(open(), [text]);
    expect(whole.state).toBe('complete');
    // Chunks hold their creation time.
    const untimed = (output: string): string => output.replaceAll(/"created":\d+/g, '');
    for (const lineEnd of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(text.replaceAll('\n', lineEnd));
      const sliced = relay(
        open(),
        Array.from(bytes, (byte) => Buffer.from([byte])),
      );
      expect(untimed(sliced.output)).toBe(untimed(whole.output));
    }
  }
});
