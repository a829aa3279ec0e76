import { describe, expect, test } from 'vitest';
import type { ChatMessage, ToolCallPart } from '../../../../src/protocol/chat.ts';
import { assistant, call, HI, result, send, text, tool, user } from '../../../support/claude-upstream.ts';

interface Block {
  type: string;
  id?: string;
  tool_use_id?: string;
  input?: unknown;
  is_error?: boolean;
  content?: unknown;
}

function turns(messages: ChatMessage[]): Block[][] {
  const { body } = send({ messages, tools: [tool('f')] });
  return (body['messages'] as { content: Block[] }[]).map(({ content }) => content);
}
const types = (messages: ChatMessage[]): string[][] =>
  turns(messages).map((content) => content.map(({ type }) => type));

describe('calls and results in the history', () => {
  test('wire cases 68, 70: results come before the text, in one turn, with images and errors', () => {
    const image = {
      type: 'image',
      source: { kind: 'base64', mediaType: 'image/png', data: 'AAAA' },
      detail: null,
      cache: null,
    } as const;
    const messages = [
      HI,
      assistant(text('I call'), call('a', '{"x":[1,2]}'), call('b')),
      user(result('a', 'one')),
      user(text('by the way')),
      user({
        type: 'tool-result',
        callId: 'b',
        content: [text('two'), image],
        isError: true,
        cache: { ttl: null },
      }),
    ];
    expect(turns(messages).slice(1)).toEqual([
      [
        { type: 'text', text: 'I call' },
        { type: 'tool_use', id: 'a', name: 'f', input: { x: [1, 2] } },
        { type: 'tool_use', id: 'b', name: 'f', input: {} },
      ],
      [
        { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'one' }] },
        {
          type: 'tool_result',
          tool_use_id: 'b',
          content: [
            { type: 'text', text: 'two' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
          ],
          is_error: true,
          cache_control: { type: 'ephemeral' },
        },
        { type: 'text', text: 'by the way' },
      ],
    ]);
  });

  test('wire case 67: a call without a result gets one that says so, at any position', () => {
    const messages = [HI, assistant(call('a'), call('b')), user(result('b', 'two'), text('go on'))];
    expect(turns(messages)[2]).toMatchObject([
      { tool_use_id: 'b' },
      { tool_use_id: 'a', is_error: true, content: [{ text: 'No result of this call was recorded.' }] },
      { type: 'text' },
    ]);
    expect(types([HI, assistant(call('a'))])).toEqual([['text'], ['tool_use'], ['tool_result']]);
    expect(send({ messages, tools: [tool('f')] }).warnings).toEqual([
      'parameter_changed=messages (tool call without a result)',
    ]);
  });

  test('wire case 67: a result without its call in the previous turn becomes text', () => {
    const messages = [HI, assistant(text('a')), user(result('gone', 'forty-two'))];
    const sent = send({ messages, tools: [tool('f')] });
    expect((sent.body['messages'] as { content: unknown }[])[2]?.content).toEqual([
      { type: 'text', text: 'Result of the tool call gone:' },
      { type: 'text', text: 'forty-two' },
    ]);
    expect(sent.warnings).toEqual(['parameter_changed=messages (tool result without its call)']);
    expect(types([HI, assistant(call('a')), user(result('a', '1'), result('a', '2'))])[2]).toEqual([
      'tool_result',
      'text',
      'text',
    ]);
  });

  test('wire case 77: ids stay unchanged; invalid or duplicate ones are replaced in call and result alike', () => {
    const ids = (id: string): string[] => {
      const found = turns([HI, assistant(call(id)), user(result(id, '1'))]);
      return [found[1]?.[0]?.id ?? '', found[2]?.[0]?.tool_use_id ?? ''];
    };
    expect(ids('call_Ab-9')).toEqual(['call_Ab-9', 'call_Ab-9']);
    const [changed, answered] = ids('functions.f:0');
    expect(changed).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(answered).toBe(changed);

    const twice = turns([
      HI,
      assistant(call('call_0')),
      user(result('call_0', '1')),
      assistant(call('call_0'), call('call_0')),
      user(result('call_0', '2'), result('call_0', '3')),
    ]);
    const used = twice.flatMap((content) => content.flatMap(({ id }) => id ?? []));
    expect(new Set(used).size).toBe(3);
    expect(twice[4]?.map(({ tool_use_id: id }) => id)).toEqual(twice[3]?.map(({ id }) => id));
  });
});

describe('arguments in the history', () => {
  const input = (args: string): unknown => turns([HI, assistant(call('a', args))])[1]?.[0]?.input;

  test('wire case 65: missing ones become an empty object; invalid JSON is wrapped as text', () => {
    expect(input('')).toEqual({});
    expect(input('  ')).toEqual({});
    expect(input('{"a":')).toEqual({ invalid_json: '{"a":' });
  });

  test.each([
    ['[1]', [1]],
    ['"s"', 's'],
    ['1.0', 1],
    ['null', null],
  ])('wire case 66: %s is wrapped into an object', (args, value) => {
    expect(input(args)).toEqual({ value });
  });

  test('wire case 99: numbers that do not fit a double are unchanged', () => {
    const calls: ToolCallPart = call('a', '{"id":123456789012345678,"rate":1.0,"big":1e400}');
    expect(send({ messages: [HI, assistant(calls)], tools: [tool('f')] }).json).toContain(
      '"input":{"id":123456789012345678,"rate":1.0,"big":1e400}',
    );
  });

  test('wire case 98: prototype names are ordinary names', () => {
    const calls = call('a', '{"__proto__":{"x":1.50},"constructor":1}');
    expect(send({ messages: [HI, assistant(calls)], tools: [tool('f')] }).json).toContain(
      '"input":{"__proto__":{"x":1.50},"constructor":1}',
    );
  });
});
