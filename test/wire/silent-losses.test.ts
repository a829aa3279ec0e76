import { expect, test } from 'vitest';
import type { ChatReply, ImagePart } from '../../src/protocol/chat.ts';
import { messagesCodec } from '../../src/wire/anthropic-messages/codec.ts';
import { replyContext } from '../support/openai-client.ts';
import { assistant, call, chatRequest, encode, image, text, user } from '../support/openai-upstream.ts';
import { target } from '../support/wire.ts';

const reply = (json: string): ChatReply => ({
  id: 'msg_1',
  model: 'm',
  parts: [{ type: 'tool-call', id: 'call_1', name: 'look', arguments: json }],
  refusal: null,
  finish: 'tool-calls',
  stopSequence: null,
  usage: null,
});

test.each([
  ['an id of 18 digits', '{"id":123456789012345678}'],
  ['a number with its zeros', '{"a":1.0,"b":-0,"c":1e3}'],
])('wire case 99: %s in the arguments of a call reaches a Messages client as written', (_, json) => {
  const body = messagesCodec.encodeReply(reply(json), replyContext()).toString();
  expect(body).toContain(`"input":${json}`);
});

test('wire case 66: a bare number of that length is wrapped like any other', () => {
  const body = messagesCodec.encodeReply(reply('123456789012345678'), replyContext()).toString();
  expect(body).toContain('"input":{"value":123456789012345678}');
});

test('the detail of an image, which the Messages wire cannot express, is reported as dropped', () => {
  const warningsFor = (detail: ImagePart['detail']): string[] => {
    const messages = [user({ ...image(), detail })];
    const request = chatRequest({ messages, maxOutputTokens: 5 });
    return messagesCodec
      .encodeRequest(request, target(), { unaryAsStream: false })
      .warnings.map((warning) => warning.detail);
  };
  expect(warningsFor('low')).toEqual(['messages.image_url.detail']);
  expect(warningsFor('auto')).toEqual([]);
  expect(warningsFor(null)).toEqual([]);
});

test('wire case 121: a cache breakpoint inside a tool result is reported as dropped on OpenAI’s wire', () => {
  const content = [{ type: 'text' as const, text: 'sunny', cache: { ttl: null } }];
  const result = { type: 'tool-result' as const, callId: 'c', content, isError: false, cache: null };
  const messages = [user(text('hi')), assistant(call('c')), user(result)];
  expect(encode({ messages }).warnings).toEqual(['parameter_dropped=messages.cache_control']);
});
