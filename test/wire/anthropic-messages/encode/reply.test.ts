import { describe, expect, test } from 'vitest';
import type { ChatReply } from '../../../../src/protocol/chat.ts';
import { encodeMessagesReply } from '../../../../src/wire/anthropic-messages/encode/reply.ts';

const CLIENT = {
  wall: () => 0,
  replyOptions: { includeUsage: true, legacyCalls: false },
  modelId: 'm',
  estimatedInputTokens: 9,
};
const REPLY: ChatReply = {
  id: 'chatcmpl-7',
  model: 'm-1',
  parts: [{ type: 'text', text: 'Hello.' }],
  refusal: null,
  finish: 'stop',
  stopSequence: null,
  usage: {
    inputTokens: 10,
    outputTokens: 4,
    cachedInputTokens: 3,
    reasoningTokens: 2,
    cacheWriteTokens: 1,
  },
};

const encode = (changes: Partial<ChatReply> = {}): Record<string, unknown> =>
  JSON.parse(encodeMessagesReply({ ...REPLY, ...changes }, CLIENT).toString()) as Record<string, unknown>;

describe('a translated reply', () => {
  test('wire case 142: has every key that clients of 2026-10-21 expect', () => {
    expect(encode()).toEqual({
      id: 'msg_7',
      type: 'message',
      role: 'assistant',
      model: 'm-1',
      content: [{ type: 'text', text: 'Hello.' }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: {
        input_tokens: 6,
        cache_creation_input_tokens: 1,
        cache_read_input_tokens: 3,
        output_tokens: 4,
        output_tokens_details: { thinking_tokens: 2 },
        cache_creation: null,
        inference_geo: null,
        server_tool_use: null,
        service_tier: null,
        speed: null,
      },
    });
  });

  test.each([
    [{ finish: 'length' as const }, 'max_tokens'],
    [{ finish: 'tool-calls' as const }, 'tool_use'],
    [{ finish: 'content-filter' as const }, 'refusal'],
    [{ stopSequence: 'END' }, 'stop_sequence'],
    [{ refusal: 'No.' }, 'refusal'],
  ])('%j ends with %s', (changes, reason) => {
    expect(encode(changes)['stop_reason']).toBe(reason);
  });

  test('wire case 112: the explanation of a refusal is reported', () => {
    expect(encode({ refusal: 'No.', parts: [] })).toMatchObject({
      content: [],
      stop_details: { type: 'refusal', category: null, explanation: 'No.' },
    });
  });

  test('thinking gets no forged signature', () => {
    const parts: ChatReply['parts'] = [
      { type: 'thinking', text: 'hm', signature: null },
      { type: 'thinking', text: '', signature: 'sig' },
      { type: 'redacted-thinking', data: 'xx' },
    ];
    expect(encode({ parts })['content']).toEqual([
      { type: 'thinking', thinking: 'hm', signature: '' },
      { type: 'thinking', thinking: '', signature: 'sig' },
      { type: 'redacted_thinking', data: 'xx' },
    ]);
  });

  test.each([
    ['{"a":1}', { a: 1 }],
    ['', {}],
    ['[1]', { value: [1] }],
    ['{"a":', { invalid_json: '{"a":' }],
  ])('wire cases 61, 66: arguments %j become an object', (text, input) => {
    const parts = [{ type: 'tool-call' as const, id: 'call_1', name: 'look', arguments: text }];
    expect(encode({ parts, finish: 'tool-calls' })['content']).toEqual([
      { type: 'tool_use', id: 'call_1', name: 'look', input },
    ]);
  });

  test('wire case 77: an id that the API would reject is rewritten deterministically', () => {
    const idOf = (id: string): unknown => {
      const parts = [{ type: 'tool-call' as const, id, name: 'look', arguments: '{}' }];
      return (encode({ parts })['content'] as { id: string }[])[0]?.id;
    };
    expect(idOf('functions.look:0')).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(idOf('functions.look:0')).toBe(idOf('functions.look:0'));
    expect(idOf('functions.look:0')).not.toBe(idOf('functions.look.0'));
  });

  test('wire case 48: unreported usage is estimated, not 0', () => {
    expect(encode({ usage: null })['usage']).toMatchObject({ input_tokens: 9, output_tokens: 2 });
  });
});
