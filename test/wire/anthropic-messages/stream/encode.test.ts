import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../../../../src/protocol/stream-event.ts';
import { MessagesStreamEncoder } from '../../../../src/wire/anthropic-messages/stream/encode.ts';
import { eventsIn } from '../../../support/wire.ts';

const CLIENT = {
  wall: () => 0,
  replyOptions: { includeUsage: true, legacyCalls: false },
  modelId: 'm',
  estimatedInputTokens: 9,
};
const START: StreamEvent = { type: 'reply-start', id: 'chatcmpl-7', model: 'm', usage: null };
const finish = (changes: Partial<StreamEvent & { type: 'reply-finish' }> = {}): StreamEvent => ({
  type: 'reply-finish',
  reason: 'stop',
  stopSequence: null,
  usage: null,
  ...changes,
});

interface Told {
  readonly type: string;
  readonly index?: number;
  readonly [key: string]: unknown;
}

/** Encodes the events and checks what every client relies on: event names, and one open block at a time. */
function write(events: readonly StreamEvent[]): Told[] {
  const encoder = new MessagesStreamEncoder(CLIENT);
  const stream = events.map((event) => encoder.write(event)).join('');
  const told: Told[] = [];
  let open: number | null = null;
  let next = 0;
  for (const { event, data } of eventsIn([stream])) {
    const read = JSON.parse(data ?? '') as Told;
    expect(event).toBe(read.type);
    if (read.type === 'content_block_start') {
      expect([open, read.index]).toEqual([null, next]);
      open = next;
      next += 1;
    } else if (read.type === 'content_block_delta') expect(read.index).toBe(open);
    else if (read.type === 'content_block_stop') {
      expect(read.index).toBe(open);
      open = null;
    } else if (read.type === 'message_delta') expect(open).toBeNull();
    told.push(read);
  }
  return told;
}

const types = (told: readonly Told[]): string[] =>
  told.map(({ type, content_block: block, delta }) =>
    [type, (block as Told | undefined)?.type, (delta as Told | undefined)?.type].filter(Boolean).join(' '),
  );

describe('a translated stream', () => {
  test('wire case 126: text is written in named events, in Anthropic’s order', () => {
    expect(types(write([START, { type: 'text-delta', text: 'Hi' }, finish()]))).toEqual([
      'message_start',
      'content_block_start text',
      'content_block_delta text_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('wire cases 128, 129: thinking, text and two calls have indexes 0 to 3, each closed once', () => {
    const told = write([
      START,
      { type: 'thinking-delta', text: 'hm' },
      { type: 'thinking-signature', signature: 'sig' },
      { type: 'text-delta', text: 'Let me' },
      { type: 'text-delta', text: ' look' },
      { type: 'tool-call-start', id: 'a', name: 'look' },
      { type: 'tool-call-delta', arguments: '{"x":' },
      { type: 'tool-call-delta', arguments: '1}' },
      { type: 'tool-call-end' },
      { type: 'tool-call-start', id: 'b', name: 'see' },
      { type: 'tool-call-end' },
      finish({ reason: 'tool-calls' }),
    ]);
    expect(told.filter(({ type }) => type === 'content_block_start').map(({ index }) => index)).toEqual([
      0, 1, 2, 3,
    ]);
    expect(told.at(-2)).toMatchObject({ delta: { stop_reason: 'tool_use' } });
    // wire case 61: without arguments the input is an empty object.
    expect(told.filter(({ index, delta }) => index === 3 && delta !== undefined)).toMatchObject([
      { delta: { type: 'input_json_delta', partial_json: '{}' } },
    ]);
  });

  test('a signature is passed on only if there is one, even without text', () => {
    const unsigned = write([START, { type: 'thinking-delta', text: 'hm' }, finish()]);
    expect(JSON.stringify(unsigned)).not.toContain('signature_delta');
    expect(types(write([START, { type: 'thinking-signature', signature: 's' }, finish()]))).toEqual([
      'message_start',
      'content_block_start thinking',
      'content_block_delta signature_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('wire case 110: redacted thinking is a separate block', () => {
    const told = write([
      START,
      { type: 'redacted-thinking', data: 'xx' },
      { type: 'text-delta', text: 'a' },
      finish(),
    ]);
    expect(told[1]).toMatchObject({ content_block: { type: 'redacted_thinking', data: 'xx' }, index: 0 });
  });

  test('wire case 48: the start has the estimated prompt, the end the reported usage', () => {
    const usage = {
      inputTokens: 20,
      outputTokens: 5,
      cachedInputTokens: 12,
      reasoningTokens: null,
      cacheWriteTokens: null,
    };
    const told = write([START, { type: 'text-delta', text: 'Hi' }, finish({ usage })]);
    expect(told[0]).toMatchObject({ message: { usage: { input_tokens: 9 } } });
    expect(told.at(-2)).toMatchObject({
      usage: { input_tokens: 8, cache_read_input_tokens: 12, output_tokens: 5 },
    });
  });

  test('wire case 127: message_delta has output tokens even if none were reported', () => {
    const told = write([START, { type: 'text-delta', text: 'Hello you' }, finish()]);
    expect(told.at(-2)).toMatchObject({ usage: { output_tokens: 3 } });
  });

  test('wire case 64: a call cut off by the limit is closed unchanged', () => {
    const told = write([
      START,
      { type: 'tool-call-start', id: 'a', name: 'look' },
      { type: 'tool-call-delta', arguments: '{"x":' },
      finish({ reason: 'length' }),
    ]);
    expect(told.at(-2)).toMatchObject({ delta: { stop_reason: 'max_tokens' } });
    expect(JSON.stringify(told)).not.toContain('{}"');
  });

  test('wire case 138: the stop sequence is reported if known', () => {
    expect(write([START, finish({ stopSequence: 'END' })]).at(-2)).toMatchObject({
      delta: { stop_reason: 'stop_sequence', stop_sequence: 'END' },
    });
  });

  test('wire case 39: an empty reply has no block and ends normally', () => {
    expect(types(write([START, finish()]))).toEqual(['message_start', 'message_delta', 'message_stop']);
  });

  test('wire case 112: a refusal is a stop reason with its explanation', () => {
    expect(write([START, { type: 'refusal-delta', text: 'No.' }, finish()]).at(-2)).toMatchObject({
      delta: { stop_reason: 'refusal', stop_details: { explanation: 'No.' } },
    });
  });
});
