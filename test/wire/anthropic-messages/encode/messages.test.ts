import { describe, expect, test } from 'vitest';
import type { ChatMessage, Part } from '../../../../src/protocol/chat.ts';
import { claudeRules } from '../../../../src/providers/anthropic/rules.ts';
import {
  assistant,
  call,
  HI,
  send,
  SONNET_4_5,
  system,
  text,
  user,
} from '../../../support/claude-upstream.ts';

interface Turn {
  role: string;
  content: { type: string; text?: string }[];
}

const conversation = (messages: ChatMessage[], id = SONNET_4_5): { system: unknown; turns: unknown[] } => {
  const { body } = send({ messages }, id);
  return { system: body['system'], turns: body['messages'] as unknown[] };
};
const roles = (messages: ChatMessage[], id: string): string[] =>
  (conversation(messages, id).turns as Turn[]).map(({ role }) => role);
const said = (...lines: string[]): object[] => lines.map((line) => ({ type: 'text', text: line }));
const refused = (message: string): Error =>
  expect.objectContaining({
    code: 'unsupported_parameter',
    status: 400,
    message: expect.stringContaining(message) as string,
    options: { param: 'messages' },
  }) as Error;

describe('wire case 84: system turns', () => {
  const messages = [
    system(text('one')),
    system(text('two'), text('three', '1h')),
    HI,
    system(text('four')),
    assistant(text('yo')),
    HI,
  ];

  test('those from before the first answer become blocks of system, in order', () => {
    expect(conversation(messages)).toEqual({
      system: [
        ...said('one', 'two'),
        { type: 'text', text: 'three', cache_control: { type: 'ephemeral', ttl: '1h' } },
        ...said('four'),
      ],
      turns: [
        { role: 'user', content: said('hi') },
        { role: 'assistant', content: said('yo') },
        { role: 'user', content: said('hi') },
      ],
    });
    expect(send({ messages }).warnings).toEqual([
      'parameter_changed=messages (system turn moved to the front)',
    ]);
    expect(send({ messages: messages.slice(0, 3) }).warnings).toEqual([]);
  });

  test('later ones stay in place from Opus 4.8 on', () => {
    expect(roles(messages, 'claude-opus-4-8')).toEqual(['user', 'system', 'assistant', 'user']);
    expect(roles(messages, 'claude-sonnet-5')).toEqual(['user', 'assistant', 'user']);
    expect(roles([HI, system(text('a')), system(text('b'))], 'claude-opus-4-8')).toEqual(['user', 'system']);
  });

  test('except where the API rejects them: after the assistant, or between two user turns', () => {
    expect(roles([HI, assistant(text('a')), system(text('b')), HI], 'claude-opus-5')).toEqual([
      'user',
      'assistant',
      'user',
    ]);
    expect(roles([HI, system(text('b')), HI], 'claude-opus-5')).toEqual(['user']);
    const between = [HI, assistant(text('a')), system(text('b')), assistant(text('c')), HI];
    expect(roles(between, 'claude-opus-5')).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
  });

  test('instructions alone are sent as a user turn, since the API requires one', () => {
    const sent = send({ messages: [system(text('one')), system(text('two'))] });
    expect(sent.body).toMatchObject({
      system: said('one'),
      messages: [{ role: 'user', content: said('two') }],
    });
    expect(sent.warnings).toEqual(['parameter_changed=messages (system turn sent as user turn)']);
  });
});

test('turns of one role are merged, blank text and empty turns are dropped', () => {
  const messages = [HI, user(text(' \n'), text('again')), assistant(text('\n')), user(text('last'))];
  const sent = send({ messages });
  expect(sent.body['messages']).toEqual([{ role: 'user', content: said('hi', 'again', 'last') }]);
  expect(sent.warnings).toEqual(['parameter_dropped=messages.content (blank text)']);
  expect(() => send({ messages: [user(text(' '))] })).toThrow(refused('no text'));
});

describe('wire case 123: a prefill', () => {
  test('loses trailing white space', () => {
    expect(conversation([HI, assistant(text('Answer: \n'))]).turns).toEqual([
      { role: 'user', content: said('hi') },
      { role: 'assistant', content: said('Answer:') },
    ]);
  });

  test.each(['claude-opus-4-6', 'claude-sonnet-5', 'claude-opus-5-5'])('is rejected for %s', (id) => {
    expect(() => send({ messages: [HI, assistant(text('{'))] }, id)).toThrow(refused('prefill'));
  });
});

describe('images and documents', () => {
  const image = (mediaType: string): Part => ({
    type: 'image',
    source: { kind: 'base64', mediaType, data: 'AAAA' },
    detail: 'high',
    cache: { ttl: null },
  });
  const remote = (url: string): Part => ({
    type: 'image',
    source: { kind: 'url', url },
    detail: null,
    cache: null,
  });
  const document = (mediaType: string, data: string): Part => ({
    type: 'document',
    source: { kind: 'base64', mediaType, data },
    name: 'a.pdf',
    cache: null,
  });
  const blocks = (...parts: Part[]): unknown => (conversation([user(...parts)]).turns[0] as Turn).content;

  test('wire case 91: inline images, with the media type of jpg corrected', () => {
    expect(blocks(image('image/jpg'), image('image/webp'))).toEqual([
      {
        type: 'image',
        source: { type: 'base64', media_type: 'image/jpeg', data: 'AAAA' },
        cache_control: { type: 'ephemeral' },
      },
      expect.objectContaining({ source: { type: 'base64', media_type: 'image/webp', data: 'AAAA' } }),
    ]);
    expect(() => blocks(image('image/bmp'))).toThrow(refused('image/bmp'));
  });

  test('wire case 90: only web URLs are accepted', () => {
    expect(blocks(remote('https://example.org/a.png'))).toEqual([
      { type: 'image', source: { type: 'url', url: 'https://example.org/a.png' } },
    ]);
    for (const url of ['file:///etc/passwd', '/etc/passwd', 'data:image/png;base64,AAAA']) {
      expect(() => blocks(remote(url))).toThrow(refused('http'));
    }
  });

  test('PDF stays base64, plain text becomes text; other types are rejected', () => {
    const source = { type: 'base64', media_type: 'application/pdf', data: 'AAAA' };
    expect(blocks(document('application/pdf', 'AAAA'))).toEqual([
      { type: 'document', source, title: 'a.pdf' },
    ]);
    expect(blocks(document('text/plain', Buffer.from('Grüße').toString('base64')))).toMatchObject([
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' } },
    ]);
    expect(() => blocks(document('application/zip', 'AAAA'))).toThrow(refused('application/zip'));
  });

  test('a document for a model without document support is rejected before the call', () => {
    const rules = { ...claudeRules(SONNET_4_5)!, documents: false };
    const messages = [user(document('application/pdf', 'AAAA'))];
    expect(() => send({ messages }, SONNET_4_5, rules)).toThrow(refused('does not support documents'));
  });

  test('wire case 122: a document in an assistant turn is rejected', () => {
    const messages = [HI, assistant(document('application/pdf', 'AAAA')), HI];
    expect(() => send({ messages })).toThrow(
      refused("'document' are not allowed in turns with role 'assistant'"),
    );
  });
});

describe('wire case 121: cache breakpoints', () => {
  test('keep their lifetime; OpenAI’s longer ones become an hour', () => {
    const [turn] = conversation([user(text('a', true), text('b', '5m'), text('c', '12h'))]).turns;
    expect((turn as Turn).content.map((each) => (each as { cache_control?: unknown }).cache_control)).toEqual(
      [{ type: 'ephemeral' }, { type: 'ephemeral', ttl: '5m' }, { type: 'ephemeral', ttl: '1h' }],
    );
  });

  test('if there are more than four, the first and the last three stay, with a warning', () => {
    const sent = send({
      messages: [system(text('s', true)), user(...'abcde'.split('').map((each) => text(each, true)))],
    });
    const marked = sent.json.match(/"text":"(.)","cache_control"/g)?.map((each) => each.charAt(8));
    expect(marked).toEqual(['s', 'c', 'd', 'e']);
    expect(sent.warnings).toEqual(['parameter_dropped=cache breakpoints beyond 4']);
  });
});

describe('thinking in the history', () => {
  test('wire cases 108, 110: signed blocks are sent back in order and unchanged, including hidden and redacted ones', () => {
    const thinking = ' hm\u2028 "quoted" \u{1f600} ';
    const messages = [
      HI,
      assistant(
        { type: 'thinking', text: thinking, signature: 'sig/1+==' },
        { type: 'redacted-thinking', data: 'opaque==' },
        { type: 'thinking', text: '', signature: 'sig2' },
        text('answer'),
        call('toolu_1'),
      ),
    ];
    const { turns } = conversation(messages);
    expect((turns[1] as Turn).content.slice(0, 4)).toEqual([
      { type: 'thinking', thinking, signature: 'sig/1+==' },
      { type: 'redacted_thinking', data: 'opaque==' },
      { type: 'thinking', thinking: '', signature: 'sig2' },
      { type: 'text', text: 'answer' },
    ]);
  });

  test('wire case 109: thinking without a signature is dropped, the answer kept', () => {
    const thoughts = [null, ''].map((signature) => ({ type: 'thinking', text: 'hm', signature }) as const);
    const sent = send({ messages: [HI, assistant(...thoughts, text('answer')), HI] });
    expect((sent.body['messages'] as Turn[])[1]?.content).toEqual(said('answer'));
    expect(sent.warnings).toEqual(['parameter_dropped=messages.thinking (unsigned)']);
  });
});
