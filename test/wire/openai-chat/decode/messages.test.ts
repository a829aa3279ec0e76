import { describe, expect, test } from 'vitest';
import { decode, refusal, turns, USER } from '../../../support/openai-client.ts';

const text = (words: string): object => ({ type: 'text', text: words, cache: null });
const asks = (...ids: string[]): object => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } })),
});
const answers = (id: string, content: unknown = `of ${id}`): object => ({
  role: 'tool',
  tool_call_id: id,
  content,
});
const called = (id: string): object => ({
  type: 'tool-call',
  id,
  name: 'f',
  arguments: '{"a":1}',
  cache: null,
});
const result = (callId: string, ...content: object[]): object => ({
  type: 'tool-result',
  callId,
  content: content.length > 0 ? content : [text(`of ${callId}`)],
  isError: false,
  cache: null,
});

describe('turns', () => {
  test('wire case 84: system and developer turns keep their position', () => {
    const read = turns(
      { role: 'system', content: 'one' },
      { role: 'developer', content: [text('two'), text('three')] },
      USER,
      { role: 'assistant', content: 'yo' },
      { role: 'system', content: 'four' },
      USER,
    );
    expect(read).toEqual([
      { role: 'system', parts: [text('one')] },
      { role: 'system', parts: [text('two'), text('three')] },
      { role: 'user', parts: [text('hi')] },
      { role: 'assistant', parts: [text('yo')] },
      { role: 'system', parts: [text('four')] },
      { role: 'user', parts: [text('hi')] },
    ]);
  });

  test('empty text is dropped, and so is a message that becomes empty', () => {
    const read = turns(
      { role: 'system', content: '' },
      { role: 'user', content: [text(''), text('hi')] },
      { role: 'assistant', content: null },
      { role: 'assistant' },
      USER,
    );
    expect(read).toEqual([
      { role: 'user', parts: [text('hi')] },
      { role: 'user', parts: [text('hi')] },
    ]);
  });

  test('an earlier refusal, as a key or as a part, becomes text', () => {
    const [, asKey, asPart] = turns(
      USER,
      {
        role: 'assistant',
        content: null,
        refusal: 'I cannot.',
        annotations: [],
        audio: null,
        tool_calls: [],
      },
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
    );
    expect(asKey).toEqual({ role: 'assistant', parts: [text('I cannot.')] });
    expect(asPart).toEqual({ role: 'assistant', parts: [text('No.')] });
  });

  test('wire case 88: names of authors are dropped with one warning; the name of a tool without one', () => {
    const named = [
      { role: 'user', name: 'anna', content: 'a' },
      { role: 'user', name: 'bert', content: 'b' },
    ];
    expect(decode({ messages: named }).warnings).toEqual(['parameter_dropped=messages.name']);
    const tool = { ...answers('a'), name: 'f' };
    expect(decode({ messages: [USER, asks('a'), tool] }).warnings).toEqual([]);
  });

  test('wire case 121: cache breakpoints in either format, on parts and on messages', () => {
    const cache_control = { type: 'ephemeral', ttl: '1h' };
    const messages = [
      { role: 'system', content: 'long', cache_control: { type: 'ephemeral' } },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a', cache_control },
          { type: 'text', text: 'b', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } },
          { type: 'text', text: 'c', cache_control: null },
        ],
      },
      { ...asks('a', 'b'), cache_control },
      { ...answers('a'), cache_control },
    ];
    const { request, warnings } = decode({ messages });
    expect(warnings).toEqual([]);
    const marks = request.messages.map(({ parts }) => parts.map((part) => 'cache' in part && part.cache));
    expect(marks).toEqual([
      [{ ttl: null }],
      [{ ttl: '1h' }, { ttl: '12h' }, null],
      [null, { ttl: '1h' }],
      [{ ttl: '1h' }],
    ]);
  });

  test('wire case 121: a breakpoint inherits the time to live of the request', () => {
    const part = { type: 'text', text: 'b', prompt_cache_breakpoint: { mode: 'explicit' } };
    const messages = [{ role: 'user', content: [part] }];
    const { request } = decode({ messages, prompt_cache_options: { mode: 'explicit', ttl: '12h' } });
    expect(request.messages[0]?.parts[0]).toMatchObject({ cache: { ttl: '12h' } });
  });

  test.each([
    [['hi'], 'invalid_body messages[0]'],
    [[{ role: 'user', content: 5 }], 'invalid_body messages[0].content'],
    [[{ role: 'user', content: ['hi'] }], 'invalid_body messages[0].content[0]'],
    [[{ role: 'user', content: [{ type: 'text' }] }], 'invalid_body messages[0].content[0].text'],
    [[{ role: 'wizard', content: 'a' }], 'unsupported_parameter messages[0].role'],
    [
      [USER, { role: 'assistant', content: null, audio: { id: 'x' } }],
      'unsupported_parameter messages[1].audio',
    ],
  ])('a message that cannot be read is named: %j', (messages, expected) => {
    expect(refusal({ messages })).toBe(expected);
  });
});

describe('calls and results', () => {
  test('wire case 68: results of parallel calls form one turn', () => {
    expect(turns(USER, asks('a', 'b'), answers('a'), answers('b'))).toEqual([
      { role: 'user', parts: [text('hi')] },
      { role: 'assistant', parts: [called('a'), called('b')] },
      { role: 'user', parts: [result('a'), result('b')] },
    ]);
  });

  test('wire cases 68, 135: text between and after the results follows all of them', () => {
    const after = turns(USER, asks('a', 'b'), answers('a'), answers('b'), { role: 'user', content: 'so?' });
    expect(after.slice(2)).toEqual([{ role: 'user', parts: [result('a'), result('b'), text('so?')] }]);
    const between = turns(USER, asks('a', 'b'), answers('a'), { role: 'user', content: 'so?' }, answers('b'));
    expect(between).toEqual(after);
    const before = turns(USER, asks('a', 'b'), { role: 'user', content: 'so?' }, answers('a'), answers('b'));
    expect(before).toEqual(after);
  });

  test('wire case 68: a system turn does not come between a call and its result', () => {
    const system = { role: 'system', content: 's' };
    const [, ask, results, rule] = turns(USER, asks('a', 'b'), answers('a'), system, answers('b'));
    expect([ask, results, rule]).toEqual([
      { role: 'assistant', parts: [called('a'), called('b')] },
      { role: 'user', parts: [result('a'), result('b')] },
      { role: 'system', parts: [text('s')] },
    ]);
    expect(turns(USER, asks('a'), system, answers('a')).map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'system',
    ]);
  });

  test('results of a later round stay with their calls', () => {
    const read = turns(USER, asks('a'), answers('a'), asks('b'), answers('b'));
    expect(read.slice(2)).toEqual([
      { role: 'user', parts: [result('a')] },
      { role: 'assistant', parts: [called('b')] },
      { role: 'user', parts: [result('b')] },
    ]);
  });

  test('wire case 70: a result keeps its parts, including images; an empty one stays a result', () => {
    const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
    const [, , read] = turns(USER, asks('a', 'b'), answers('a', [text('x'), picture]), answers('b', ''));
    expect(read?.parts).toMatchObject([
      { callId: 'a', content: [{ type: 'text' }, { type: 'image', source: { mediaType: 'image/png' } }] },
      { callId: 'b', content: [] },
    ]);
  });

  test('text comes before the calls of its turn', () => {
    const [, read] = turns(USER, { ...asks('a'), content: 'wait' });
    expect(read?.parts).toEqual([text('wait'), called('a')]);
  });

  test('wire case 67: a result without a known call and a call without a result are left to the encoder', () => {
    expect(turns(USER, answers('x'), answers('y'))).toEqual([
      { role: 'user', parts: [text('hi'), result('x'), result('y')] },
    ]);
    expect(turns(USER, asks('a'), USER)).toHaveLength(3);
  });

  test('wire case 77: calls without an id get a stable one, and results are matched to it', () => {
    const empty = (name: string): object => ({ id: '', function: { name, arguments: '{}' } });
    const ask = { role: 'assistant', tool_calls: [empty('f'), empty('g')] };
    const conversation = [USER, ask, answers('', 'one'), answers('', 'two')];
    const [, ask1, results] = turns(...conversation);
    expect(ask1?.parts).toMatchObject([
      { id: 'call_1_0', name: 'f' },
      { id: 'call_1_1', name: 'g' },
    ]);
    expect(results?.parts).toMatchObject([
      { callId: 'call_1_0', content: [text('one')] },
      { callId: 'call_1_1', content: [text('two')] },
    ]);
    expect(turns(...conversation)).toEqual(turns(...conversation));
    const mixed = { role: 'assistant', tool_calls: [{ id: 'x', function: { name: 'f' } }, empty('g')] };
    expect(turns(USER, mixed, answers(''), answers('x'))[2]?.parts).toMatchObject([
      { callId: 'call_1_1' },
      { callId: 'x' },
    ]);
    expect(refusal({ messages: [USER, answers('')] })).toBe('invalid_body messages[1].tool_call_id');
  });

  const withArguments = (args: unknown): object => ({
    role: 'assistant',
    tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: args } }],
  });

  test.each([
    ['', '{}'],
    [' \n', '{}'],
    [null, '{}'],
    [undefined, '{}'],
    ['null', '{}'],
    [{ b: 1, a: 2 }, '{"b":1,"a":2}'],
    ['{ "b": 1,\n"a": 2 }', '{ "b": 1,\n"a": 2 }'],
  ])('wire cases 61, 65: arguments %j are read as %j', (sent, read) => {
    expect(turns(USER, withArguments(sent))[1]?.parts[0]).toMatchObject({ arguments: read });
  });

  test.each(['{"a":', 'Paris', "{'a':1}"])(
    'wire case 65: arguments that are not JSON, %j, do not end the conversation: they pass unchanged',
    (sent) => {
      expect(turns(USER, withArguments(sent))[1]?.parts[0]).toMatchObject({ arguments: sent });
    },
  );

  test('wire case 65: arguments that are not text are rejected and named', () => {
    expect(refusal({ messages: [USER, withArguments(5)] })).toBe(
      'invalid_body messages[1].tool_calls[0].function.arguments',
    );
  });

  test.each(['[1,2]', '5', '"a"'])(
    'wire case 66: arguments that are not an object, %s, stay as written',
    (sent) => {
      expect(turns(USER, withArguments(sent))[1]?.parts[0]).toMatchObject({ arguments: sent });
    },
  );

  test('wire case 75: a call of a custom tool is rejected and named', () => {
    const custom = { id: 'a', type: 'custom', custom: { name: 'c', input: 'x' } };
    expect(refusal({ messages: [USER, { role: 'assistant', tool_calls: [custom] }] })).toBe(
      'unsupported_parameter messages[1].tool_calls[0]',
    );
  });
});

describe('thinking in the history', () => {
  test('wire case 146: plain text is kept as unsigned thinking', () => {
    for (const key of ['reasoning_content', 'reasoning']) {
      expect(turns(USER, { role: 'assistant', content: 'a', [key]: 'hm' })[1]?.parts).toEqual([
        { type: 'thinking', text: 'hm', signature: null },
        text('a'),
      ]);
    }
  });

  test('wire cases 108, 110: blocks are read with their signatures, including empty ones, in order', () => {
    const thinking_blocks = [
      { type: 'thinking', thinking: 'hm', signature: 's1', index: 0 },
      { type: 'redacted_thinking', data: 'xx' },
      { type: 'thinking', thinking: '', signature: 's2' },
    ];
    const message = { ...asks('a'), reasoning_content: 'hm', thinking_blocks };
    expect(turns(USER, message)[1]?.parts).toEqual([
      { type: 'thinking', text: 'hm', signature: 's1' },
      { type: 'redacted-thinking', data: 'xx' },
      { type: 'thinking', text: '', signature: 's2' },
      called('a'),
    ]);
  });

  test('wire case 109: a block without a signature is unsigned thinking', () => {
    for (const signature of [null, undefined, '']) {
      const thinking_blocks = [{ type: 'thinking', thinking: 'hm', signature }];
      expect(turns(USER, { role: 'assistant', content: 'a', thinking_blocks })[1]?.parts[0]).toEqual({
        type: 'thinking',
        text: 'hm',
        signature: null,
      });
    }
    expect(refusal({ messages: [USER, { role: 'assistant', thinking_blocks: [{ type: 'x' }] }] })).toBe(
      'invalid_body messages[1].thinking_blocks[0]',
    );
  });
});
