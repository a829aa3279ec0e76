import { describe, expect, test } from 'vitest';
import type { Part } from '../../../../src/protocol/chat.ts';
import { openAiChatCodec } from '../../../../src/wire/openai-chat/codec.ts';
import { scanOpenAiChat } from '../../../../src/wire/openai-chat/scan.ts';
import { assistant, call, encode, image, system, text, user } from '../../../support/openai-upstream.ts';

const result = (callId: string, ...content: (Part & { type: 'text' | 'image' })[]): Part => ({
  type: 'tool-result',
  callId,
  content,
  isError: false,
  cache: null,
});
const words = (said: string): Part & { type: 'text' } => ({ type: 'text', text: said, cache: null });

describe('an OpenAI server accepts a truncated history of a Messages client', () => {
  test('wire case 67: a call without a result gets one that says so', () => {
    const messages = [user(text('hi')), assistant(call('a'), call('b')), user(result('b', words('2')))];
    const sent = encode({ messages });
    expect((sent.messages as unknown[]).slice(2)).toEqual([
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'tool', tool_call_id: 'a', content: 'Error: No result of this call was recorded.' },
    ]);
    expect(sent.warnings).toEqual(['parameter_changed=messages (tool call without a result)']);
  });

  test('wire case 67: a result without its call becomes text in place, with its images', () => {
    const sent = encode({ messages: [user(text('hi')), user(result('gone', words('42'), image()))] });
    expect(sent.messages).toMatchObject([
      {
        role: 'user',
        content: [
          { text: 'hi' },
          { text: 'Result of the tool call gone:' },
          { text: '42' },
          { type: 'image_url' },
        ],
      },
    ]);
    expect(sent.warnings).toEqual(['parameter_changed=messages (tool result without its call)']);
  });

  test('wire case 68: an assistant or system turn between call and result is moved', () => {
    const messages = [
      assistant(call('a')),
      assistant(text('wait')),
      system(text('be brief')),
      user(result('a', words('1'))),
    ];
    const sent = encode({ messages });
    expect(sent.messages).toMatchObject([
      { role: 'assistant', content: 'wait', tool_calls: [{ id: 'a' }] },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'system' },
    ]);
    expect(sent.warnings).toEqual([]);
  });

  test('a valid history keeps its turns and odd ids', () => {
    const messages = [assistant(call('f.0:1')), user(result('f.0:1', words('1'))), user(text('and'))];
    expect(encode({ messages }).messages).toMatchObject([
      { tool_calls: [{ id: 'f.0:1' }] },
      { role: 'tool', tool_call_id: 'f.0:1' },
      { role: 'user', content: 'and' },
    ]);
  });
});

test('wire case 67: an OpenAI client’s result without a call stays after the earlier turns', () => {
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'yes' },
    { role: 'user', content: 'first' },
    { role: 'tool', tool_call_id: 'gone', content: '42' },
  ];
  const body = Buffer.from(JSON.stringify({ model: 'm', messages }));
  const { request } = openAiChatCodec.decodeRequest(scanOpenAiChat(body), {});
  expect(request.messages[2]?.parts.map(({ type }) => type)).toEqual(['text', 'tool-result']);
});

test('a conversation that becomes empty is rejected, not sent as instructions alone', () => {
  const thought: Part = { type: 'thinking', text: 'hm', signature: 's' };
  for (const messages of [[assistant(thought)], [system(text('be brief')), assistant(thought)]]) {
    expect(() => encode({ messages })).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', options: { param: 'messages' } }) as Error,
    );
  }
});
